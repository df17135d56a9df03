/* What the cases of tests/web run inside of a page; ?weft=PATH is where Weft comes from (/weft.mjs). */
const path = new URL(import.meta.url).searchParams.get('weft') ?? '/weft.mjs';
const { Weft } = await import(new URL(path, location.href).href);

export const GUEST = {
  kernel: '/guest/Image.gz',
  initrd: '/guest/initramfs.cpio.gz',
  append: 'console=ttyS0 cryptomgr.notests',
};

/* What the promise gives, or an error if it does not within two minutes. */
async function settled(promise, why) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(why())), 120000); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/* A machine whose output is kept: { vm, text(), expect(pattern, ms), type(text) }. */
export async function boot(options = {}) {
  const { command, ...rest } = options;
  let progress = 'nothing has come';
  const vm = await settled(Weft.create({
    onProgress: (p) => { progress = JSON.stringify(p); },
    ...GUEST, ...(command && { append: `${GUEST.append} -- ${command}` }), ...rest,
  }), () => `create() hangs: ${progress}`);
  let text = '';
  let seen = 0; // where the next expect() looks from
  const watchers = new Set();
  const decoder = new TextDecoder();
  vm.console.onData((data) => {
    text += decoder.decode(data, { stream: true });
    for (const look of [...watchers]) {
      look();
    }
  });
  const expect = (pattern, ms = 120000) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      watchers.delete(look);
      reject(new Error(`no ${pattern} within ${ms} ms; the end is: ${text.slice(-400)}`));
    }, ms);
    const look = () => {
      const match = text.slice(seen).match(pattern);
      if (match) {
        seen += match.index + match[0].length;
        clearTimeout(timer);
        watchers.delete(look);
        resolve(match);
      }
    };
    watchers.add(look);
    look();
  });
  return { vm, text: () => text, expect, type: (t) => vm.console.write(t) };
}

/* Up to the shell's prompt. */
export async function shell(options) {
  const machine = await boot(options);
  await machine.expect(/GUEST-READY [^\n]*\n[^]*# (\x1b\[6n)?$/);
  return machine;
}

/* What create() says when it fails. */
export async function refusal(options) {
  try {
    const vm = await Weft.create({ ...GUEST, ...options });
    await vm.dispose();
    return 'created';
  } catch (e) {
    return `${e.code}: ${e.message}`;
  }
}

/* Milliseconds from a key to its echo, some times; sorted. */
export async function echoTimes(machine, times = 9) {
  const ms = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    machine.type('z');
    await machine.expect(/z/, 10000);
    ms.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 30));
  }
  machine.type('\x15');
  return ms.sort((a, b) => a - b);
}
