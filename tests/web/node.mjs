/*
 * The package in Node.js: node node.mjs GUEST-DIRECTORY [TEXT], in a folder where it is installed.
 * Prints TAP.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { Weft } from 'weft';

const [guest, only] = process.argv.slice(2);
const append = 'console=ttyS0 cryptomgr.notests';
const GUEST = { kernel: `${guest}/Image`, initrd: `${guest}/initramfs.cpio.gz` };

/* Runs a command in a guest: its output, and how it ended. */
async function run(command, options = {}) {
  const vm = await Weft.create({ ...GUEST, append: `${append} -- ${command}`, ...options });
  let text = '';
  const decoder = new TextDecoder();
  vm.console.onData((data) => { text += decoder.decode(data, { stream: true }); });
  const exit = await vm.exited;
  return { text, exit, vm };
}

const cases = {
  async 'threads and none: a command'() {
    for (const threads of [true, false]) {
      const { text, exit, vm } = await run('echo $((6 * 7))x', { threads });
      assert.match(text, /\n42x\r/);
      assert.deepEqual(exit, { status: 0, reports: [] });
      assert.equal(vm.build.threads, threads);
      assert.ok(vm.lastStats.guest_insns > 1e8);
    }
  },
  async 'with -icount both builds do the same'() {
    const insns = [];
    for (const threads of [true, false]) {
      const { vm } = await run('true', { threads, arguments: ['-icount', 'shift=3'] });
      insns.push(vm.lastStats.guest_insns);
    }
    assert.equal(insns[0], insns[1]);
  },
  async 'web streams'() {
    const vm = await Weft.create({ ...GUEST, append });
    const writer = vm.console.writable.getWriter();
    let text = '', typed = false;
    for await (const chunk of vm.console.readable.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (!typed && /GUEST-READY[^]*# (\x1b\[6n)?$/.test(text)) {
        typed = true;
        writer.write('echo stream-$((1 + 1)); exit\n');
      }
    }
    assert.match(text, /\nstream-2\r/);
    assert.equal((await vm.exited).status, 0);
  },
  async 'a path, a disk that stays as it is, a package'() {
    fs.writeFileSync('disk.img', Buffer.alloc(65536, 'A'));
    const { text, exit } = await run('head -c 2 /dev/vda; echo . > /dev/vda; head -c 1 /dev/vda', {
      initrd: undefined, drives: ['disk.img'], preload: 'extra/pack.js',
      arguments: ['-initrd', '/pack/initramfs.cpio.gz'],
    });
    assert.match(text, /\nAA\./);
    assert.equal(exit.status, 0);
    assert.equal(fs.readFileSync('disk.img', 'latin1'), 'A'.repeat(65536));
  },
  async 'errors'() {
    await assert.rejects(Weft.create({ ...GUEST, kernel: 'none' }), /kernel: cannot read file:.*none: ENOENT/);
    await assert.rejects(Weft.create({ ...GUEST, drives: [new Uint8Array(100)] }), /disk '.*': the size, 100 bytes/);
    await assert.rejects(Weft.create({ arguments: ['-kernel', '/nowhere'] }), /kernel '\/nowhere': No such file/);
    // A path of the user's is told whole, also where a part of it looks like ours.
    await assert.rejects(Weft.create({ arguments: ['-kernel', '/none/weft/a/b'] }), /kernel '\/none\/weft\/a\/b': No such file/);
    await assert.rejects(Weft.create({}), /nothing to boot/);
    // A stream that is being read cannot be handed over; no worker stays behind.
    const stream = new Blob(['x']).stream();
    stream.getReader();
    await assert.rejects(Weft.create({ ...GUEST, initrd: stream }), /initrd|lock|transfer|clone/i);
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await assert.rejects(Weft.create({ ...GUEST, signal: abort.signal }), /enough/);
  },
  async 'a panic is told'() {
    const vm = await Weft.create({ kernel: GUEST.kernel, append: `${append} panic=-1`, arguments: ['-no-reboot'] });
    const panic = await new Promise((resolve) => vm.on('panic', resolve));
    assert.match(panic.message, /^Kernel panic - not syncing: .*root/);
    await vm.exited;
  },
  async 'npx weft'() {
    const text = execFileSync('npx', ['weft', '-version'], { encoding: 'utf8' });
    assert.match(text, /^Weft version \d/);
  },
};

let n = 0;
for (const [name, test] of Object.entries(cases).filter(([name]) => name.includes(only ?? ''))) {
  try {
    await test();
    console.log(`ok ${++n} - ${name}`);
  } catch (e) {
    process.exitCode = 1;
    console.log(`not ok ${++n} - ${name}\n${String(e.stack).replace(/^/gm, '#   ')}`);
  }
}
console.log(`1..${n}`);
// What a machine leaves behind would keep the process alive: that is checked, too.
