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

/* What the promise gives; an error if that takes more than ten seconds. */
async function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what} takes too long`)), 10000); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/* A stream that gives this 50 times a second. */
function endless(chunk, cancel) {
  let over = false;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((done) => setTimeout(done, 20));
      if (!over) {
        controller.enqueue(chunk);
      }
    },
    cancel() {
      over = true;
      cancel?.();
    },
  });
}

/* What nobody catches while fn() runs. */
async function uncaughtIn(fn) {
  const found = [];
  const listener = (e) => found.push(e.message);
  process.on('uncaughtException', listener);
  try {
    await fn();
    await new Promise((done) => setTimeout(done, 50));
  } finally {
    process.off('uncaughtException', listener);
  }
  return found;
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
  async 'web streams end with the machine'() {
    const vm = await Weft.create({ ...GUEST, append, threads: false });
    const pipe = endless('x').pipeTo(vm.console.writable);
    const told = assert.rejects(pipe, { code: 'ENDED' });
    await vm.powerDown();
    await soon(told, 'the pipe');
    let typed = 0;
    const terminal = { write: (data, done) => done(), onData: () => ({ dispose: () => typed++ }) };
    const other = await Weft.create({ ...GUEST, append, threads: false });
    other.console.attach(terminal);
    await other.console.writable.close();
    assert.throws(() => other.console.write(5), /string/);
    assert.equal(typed, 0);
    await other.powerDown();
    assert.equal(typed, 1, 'a terminal of a machine that has ended is let go');
    const third = await Weft.create({ ...GUEST, append, threads: false });
    third.console.attach({ write: (data, done) => done(), onData: () => {} });
    const thrown = await uncaughtIn(() => third.powerDown());
    assert.match(thrown.join(), /^[^,]*undefined[^,]*$/);
  },
  async 'nobody takes the output'() {
    for (const threads of [true, false]) {
      const vm = await Weft.create({ ...GUEST, append: `${append} -- yes`, threads, statsInterval: 20 });
      let last = 0, bytes = 0;
      vm.console.onData((data) => {
        last = performance.now();
        bytes += data.length;
        return new Promise(() => {});
      });
      let ticks = 0;
      // A boot may be silent for long: it stands still only after 1 MiB.
      while (bytes < 1 << 20 || performance.now() - last < 700) {
        await new Promise((done) => setTimeout(done, 50));
      }
      vm.on('stats', () => ticks++);
      await new Promise((done) => setTimeout(done, 300));
      assert.equal(ticks, 0, 'the guest goes on although nobody takes its output');
      const a = await soon(vm.stats(), 'stats()');
      await soon(vm.pause(), 'pause()');
      await soon(vm.resume(), 'resume()');
      await soon(vm.reset(), 'reset()');
      assert.ok(a.guest_insns > 1e8);
      assert.equal((await soon(vm.powerDown(), 'powerDown()')).status, 0);
    }
  },
  async 'listeners that throw disturb nobody'() {
    const fail = () => { throw new Error('in a listener'); };
    const thrown = await uncaughtIn(async () => {
      const vm = await Weft.create({ ...GUEST, append: `${append} -- seq 300000` });
      let text = '';
      vm.on('exit', fail);
      vm.console.onData(fail);
      vm.console.onData((data) => { text += Buffer.from(data).toString(); });
      assert.equal((await vm.exited).status, 0);
      assert.match(text, /\n300000\r/);
      const other = await Weft.create({ ...GUEST, append });
      other.on('error', fail);
      other.console.onData(() => Promise.reject(new Error('in a promise')));
      await other.powerDown();
    });
    assert.ok(thrown.length > 2 && thrown.every((t) => t.startsWith('in a ')), thrown.join());
    const abort = new AbortController();
    const reasons = await uncaughtIn(async () => {
      const vm = await Weft.create({ ...GUEST, append, signal: abort.signal });
      vm.on('error', fail);
      abort.abort('enough');
      const exit = await soon(vm.exited, 'the end');
      assert.match(exit.error.message, /enough/);
    });
    assert.deepEqual(reasons, ['in a listener']);
  },
  async 'what was written is there after the end'() {
    for (const threads of [true, false]) {
      const disk = Buffer.alloc(65536, 'A');
      const { vm } = await run('echo kept | dd of=/dev/vda bs=512 seek=3 conv=sync,fsync', { drives: [disk, disk], threads });
      const blob = await vm.readFile('/weft/drive0/drive0');
      assert.equal(blob.size, 65536);
      assert.equal(await blob.slice(1534, 1541).text(), 'AAkept\n');
      await assert.rejects(vm.readFile('/weft/drive1/drive1'), { code: 'ENDED' });
      await vm.dispose();
      await assert.rejects(vm.readFile('/weft/drive0/drive0'), { code: 'ENDED' });
    }
  },
  async 'a disk that is asked for at the very end'() {
    const vm = await Weft.create({
      ...GUEST, append: `${append} -- echo kept | dd of=/dev/vda conv=sync,fsync`, drives: [Buffer.alloc(65536, 'A')],
      arguments: ['-jit-stats', 'end.json'],
    });
    // Nothing is heard until the machine has ended.
    const never = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; !fs.existsSync('end.json') && waited < 120000; waited += 50) {
      Atomics.wait(never, 0, 0, 50);
    }
    Atomics.wait(never, 0, 0, 500);
    const disk = await vm.readFile('/weft/drive0/drive0');
    assert.equal(await disk.slice(0, 5).text(), 'kept\n');
    assert.equal((await vm.exited).status, 0);
  },
  async 'output to a named pipe'() {
    for (const threads of [true, false]) {
      fs.rmSync('serial.pipe', { force: true });
      execFileSync('mkfifo', ['serial.pipe']);
      const text = fs.promises.readFile('serial.pipe', 'utf8');
      const { exit } = await run('echo thr""ough', { threads, arguments: ['-display', 'none', '-serial', 'file:serial.pipe'] });
      assert.deepEqual(exit, { status: 0, reports: [] });
      assert.match(await soon(text, 'the end of the pipe'), /\nthrough\r/);
    }
  },
  async 'of a long log the last messages are kept'() {
    const vm = await Weft.create({ ...GUEST, append, arguments: ['-d', 'in_asm'] });
    let told = 0;
    await new Promise((done) => vm.on('report', () => ++told > 3000 && done()));
    const { reports } = await vm.powerDown();
    assert.equal(reports.length, 1000);
  },
  async 'statistics in a file of one\'s own'() {
    const { vm, exit } = await run('true', { arguments: ['-jit-stats', 'own.json'] });
    assert.deepEqual(exit, { status: 0, reports: [] });
    assert.equal(JSON.parse(fs.readFileSync('own.json')).guest_insns, vm.lastStats.guest_insns);
    const late = await Weft.create({ ...GUEST, append, arguments: ['-jit-stats', 'none/own.json'] });
    const reports = [];
    assert.throws(() => late.on('reprot', () => {}), /there is no event 'reprot' \(there are ready,/);
    assert.throws(() => late.on('report'), /'report' must be a function/);
    assert.throws(() => late.console.onData(3), /must be a function/);
    late.on('report', ({ text }) => reports.push(text));
    assert.equal((await late.stats()).jit, 'batch');
    await late.powerDown();
    assert.match(reports[0], /cannot write none\/own.json: ENOENT/);
  },
  async 'streams: what they may be, how they end'() {
    let cancelled = 0;
    const slow = () => endless(new Uint8Array(9), () => { cancelled++; });
    await assert.rejects(Weft.create({ kernel: 'none', initrd: slow(), files: { '/x': slow() } }), /kernel: cannot read/);
    const abort = new AbortController();
    setTimeout(() => abort.abort('enough'), 100);
    await assert.rejects(Weft.create({ ...GUEST, initrd: slow(), signal: abort.signal }), (e) => e === 'enough');
    assert.equal(cancelled, 3, 'streams of machines that have ended are cancelled');
    const text = new Blob(['x']).stream().pipeThrough(new TextDecoderStream());
    await assert.rejects(Weft.create({ ...GUEST, initrd: text }), /initrd: the stream must be one of Uint8Array/);
    const broken = new ReadableStream({ start: (c) => c.error(new Error('no more')) });
    await assert.rejects(Weft.create({ ...GUEST, initrd: broken }), /initrd: the stream has failed: no more/);
    const pieces = new ReadableStream({
      start: (c) => {
        const bytes = fs.readFileSync(GUEST.initrd);
        for (let at = 0; at < bytes.length; at += 100000) {
          c.enqueue(bytes.subarray(at, at + 100000)); // a Buffer: slice() would be no copy
        }
        c.close();
      },
    });
    assert.match((await run('echo whole', { initrd: pieces })).text, /\nwhole\r/);
    // A package's data is there before its list of files is.
    const script = new Blob([fs.readFileSync('extra/pack.js')]).stream();
    const data = new Blob([fs.readFileSync('extra/pack.data')]).stream();
    const { text: packed } = await run('echo unpacked', {
      initrd: undefined, preload: { script, data }, arguments: ['-initrd', '/pack/initramfs.cpio.gz'],
    });
    assert.match(packed, /\nunpacked\r/);
  },
  async 'a path, a disk that stays as it is, a package'() {
    fs.writeFileSync('my disk.img', Buffer.alloc(65536, 'A'));
    const { vm, text, exit } = await run('head -c 2 /dev/vda; echo . > /dev/vda; head -c 1 /dev/vda', {
      initrd: undefined, drives: ['my disk.img'], preload: 'extra/pack.js',
      arguments: ['-initrd', '/pack/initramfs.cpio.gz'],
    });
    assert.match(text, /\nAA\./);
    assert.equal(exit.status, 0);
    assert.equal(fs.readFileSync('my disk.img', 'latin1'), 'A'.repeat(65536));
    assert.equal(await (await vm.readFile('/weft/drive0/my_disk.img')).slice(0, 2).text(), '.\n');
  },
  async 'errors'() {
    await assert.rejects(Weft.create({ ...GUEST, kernel: 'none' }), /kernel: cannot read file:.*none: ENOENT/);
    await assert.rejects(Weft.create({ ...GUEST, drives: [new Uint8Array(100)] }), /disk '.*': the size, 100 bytes/);
    await assert.rejects(Weft.create({ arguments: ['-kernel', '/nowhere'] }), /kernel '\/nowhere': No such file/);
    // A path of the user's is told whole, also where a part of it looks like ours.
    await assert.rejects(Weft.create({ arguments: ['-kernel', '/none/weft/a/b'] }), /kernel '\/none\/weft\/a\/b': No such file/);
    await assert.rejects(Weft.create({}), /nothing to boot/);
    await assert.rejects(Weft.create({ ...GUEST, arguments: ['-m=9000G'] }), /-m: \d+ MiB of RAM is more than this host can give/);
    await assert.rejects(Weft.create({ ...GUEST, drives: 'disk.img' }), /drives must be an array/);
    await assert.rejects(Weft.create({ ...GUEST, drives: [{ file: 'disk.img', readOnly: true }] }), /drive0 has a 'readOnly'/);
    await assert.rejects(Weft.create({ ...GUEST, drives: [{ path: 'disk.img' }] }), /drive0 has a 'path'/);
    await assert.rejects(Weft.create(null), /options must be an object/);
    await assert.rejects(Weft.create({ ...GUEST, files: ['disk.img'] }), /files must be an object/);
    await assert.rejects(Weft.create({ ...GUEST, onProgress: 3 }), /onProgress must be a function/);
    await assert.rejects(Weft.create({ ...GUEST, statsInterval: 'x' }), /statsInterval must be a number/);
    await assert.rejects(Weft.create({ ...GUEST, signal: 3 }), /signal must be an AbortSignal/);
    await assert.rejects(Weft.create({ ...GUEST, arguments: '-m 1G' }), /arguments must be an array/);
    await assert.rejects(Weft.create({ ...GUEST, arguments: ['-m', null] }), /arguments must be an array of texts/);
    await assert.rejects(Weft.create({ ...GUEST, append: 3 }), /append must be a text/);
    await assert.rejects(Weft.create({ ...GUEST, paused: 'no' }), /paused must be true or false/);
    await assert.rejects(Weft.create({ ...GUEST, drives: [{ file: 'disk.img', readonly: 'no' }] }), /drive0.readonly must be true/);
    const none = { memory: null, cpu: null, bios: null, kernel: null, append: null, drives: null, arguments: null, threads: null };
    await assert.rejects(Weft.create(none), /nothing to boot/);
    await assert.rejects(Weft.create({ ...GUEST, memory64: true, kernel: 'http://[' }), /kernel: 'http:\/\/\[' is no URL/);
    // A stream that is being read cannot be handed over; no worker stays behind.
    const stream = new Blob(['x']).stream();
    stream.getReader();
    await assert.rejects(Weft.create({ ...GUEST, initrd: stream }), /initrd: .*lock/);
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
