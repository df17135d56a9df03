import { Weft } from './weft.mjs';

const state = document.getElementById('state');
const screen = document.getElementById('console');
const decoder = new TextDecoder();

try {
  const vm = await Weft.create({
    kernel: 'guest/Image.gz',
    initrd: 'guest/initramfs.cpio.gz',
    append: 'console=ttyS0 cryptomgr.notests',
    onProgress: ({ name, loaded }) => { state.textContent = `${name}: ${loaded} bytes`; },
  });
  state.textContent = vm.build.threads ? 'with threads' : 'without threads';
  vm.console.onData((data) => screen.append(decoder.decode(data, { stream: true })));
} catch (e) {
  state.textContent = e.message;
}
