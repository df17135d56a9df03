import { Weft } from 'weft';

try {
  const vm = await Weft.create({
    kernel: 'guest/Image.gz',
    initrd: 'guest/initramfs.cpio.gz',
    append: 'console=ttyS0 cryptomgr.notests -- uname -m',
  });
  let text = '';
  vm.console.onData((data) => { text += new TextDecoder().decode(data); });
  const { status } = await vm.exited;
  document.title = `done ${status} ${text.match(/\nriscv64/)?.[0].trim()}`;
} catch (e) {
  document.title = `done with ${e.message}`;
}
