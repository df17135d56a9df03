/*
 * The cases, in the order in which they run. Each has a name, the browsers that it is for (default:
 * both), `sample`, the browsers that a sample runs it in (default: those), and run({ page, sites,
 * open, browser, full }): it throws, or returns a remark. `open(site, path)` makes the page show a blank page of that site; functions given
 * to page.evaluate() run in the page.
 */
import assert from 'node:assert/strict';
import { cpuSeconds, residentMiB } from './processes.mjs';
import { watchTasks } from './tasks.mjs';

const inPage = (page, fn, ...args) => page.evaluate(fn, ...args);

/* A boot to the shell; a command; a long paste; a key's echo while the guest computes. */
async function interactive(page, options, harness = '/pages/harness.mjs') {
  return inPage(page, async (options, harness) => {
    const { shell, echoTimes } = await import(harness);
    const t0 = performance.now();
    const machine = await shell(options);
    const seconds = (performance.now() - t0) / 1000;
    machine.type('echo $((6 * 7))x\n');
    await machine.expect(/\n42x/);
    machine.type(`wc -c\n${`${'p'.repeat(63)}\n`.repeat(300)}\x04`);
    await machine.expect(/\n19200\r/);
    machine.type('while :; do :; done &\n');
    await machine.expect(/# (\x1b\[6n)?$/);
    const echo = await echoTimes(machine);
    const { build } = machine.vm;
    await machine.vm.dispose();
    return { seconds, echo, build };
  }, options, harness);
}

function remark({ seconds, echo }, longest = '') {
  return `shell after ${seconds.toFixed(1)} s, key answered in ${echo[echo.length >> 1].toFixed(0)} ms (median)` +
         (longest && `, ${longest}`);
}

export const cases = [
  {
    name: 'threads: boot, command, paste, keys',
    async run({ page, sites, open, browser }) {
      await open(sites.isolated);
      const { result, longest } = await watchTasks(page, browser, () => interactive(page, {}));
      assert.deepEqual(result.build, { threads: true, memory64: false });
      assert.ok(result.echo[0] < 50, `a key is answered in ${result.echo} ms`);
      return remark(result, longest);
    },
  },
  {
    name: 'no isolation: boot, command, paste, keys',
    async run({ page, sites, open, browser }) {
      await open(sites.plain);
      const { result, longest } = await watchTasks(page, browser, () => interactive(page, {}));
      assert.deepEqual(result.build, { threads: false, memory64: false });
      assert.ok(result.echo[0] < 50, `a key is answered in ${result.echo} ms`);
      const refusal = await inPage(page, async () =>
        (await import('/pages/harness.mjs')).refusal({ threads: true }));
      assert.match(refusal, /^MISSING_FEATURE: .*cross-origin isolated.*Chrome \d+, Firefox \d+/);
      return remark(result, longest);
    },
  },
  {
    // As in Firefox before 145: the page passes on that a thread calls the host worker.
    name: 'threads without Atomics.waitAsync: boot, command, paste, keys',
    sample: ['chromium'],
    async run({ page, sites, open }) {
      await open(sites.isolated);
      const result = await interactive(page, {}, '/pages/harness.mjs?weft=/fault/lacks/Atomics.waitAsync/weft.mjs');
      assert.equal(await inPage(page, () => 'waitAsync' in Atomics), false);
      // The workers' script has come from there, too.
      assert.match(await (await fetch(`${sites.isolated}/log/weft-threads.mjs`)).text(), /^-\n/);
      assert.deepEqual(result.build, { threads: true, memory64: false });
      assert.ok(result.echo[0] < 50, `a key is answered in ${result.echo} ms`);
      return remark(result);
    },
  },
  {
    // Only where there is such a build: `make web64 web`.
    name: 'memory64: both builds, and more than 4 GiB',
    sample: [],
    async run({ page, sites, open }) {
      await open(sites.isolated);
      if (!await inPage(page, async () => (await fetch('/weft64-threads.mjs', { method: 'HEAD' })).ok)) {
        return 'not built';
      }
      const totals = await inPage(page, async () => {
        const { boot } = await import('/pages/harness.mjs');
        const totals = [];
        for (const [threads, memory] of [[true, '5G'], [false, '256M']]) {
          const machine = await boot({ command: 'grep MemTotal /proc/meminfo', memory64: true, threads, memory });
          const [, kib] = await machine.expect(/MemTotal: +(\d+) kB/);
          totals.push([machine.vm.build, Number(kib), (await machine.vm.exited).status]);
        }
        return totals;
      });
      assert.deepEqual(totals.map(([build, , status]) => [build, status]),
                       [[{ threads: true, memory64: true }, 0], [{ threads: false, memory64: true }, 0]]);
      assert.ok(totals[0][1] > 4.7 * 2 ** 20 && totals[0][1] < 5 * 2 ** 20, `the guest has ${totals[0][1]} KiB`);
      return `${totals[0][1]} KiB, ${totals[1][1]} KiB`;
    },
  },
  {
    name: 'strict CSP: boot and power off',
    async run({ page, sites, open }) {
      await open(sites.csp);
      const exit = await inPage(page, async () => {
        const { boot } = await import('/pages/harness.mjs');
        const machine = await boot({ command: 'uname -m' });
        await machine.expect(/\nriscv64/);
        return machine.vm.exited;
      });
      assert.deepEqual(exit, { status: 0, reports: [] });
    },
  },
  {
    name: 'jit=tb with the default max-instances',
    browsers: ['firefox'],
    async run({ page, sites, open, full }) {
      await open(sites.isolated);
      const stats = await inPage(page, async (full) => {
        const { boot } = await import('/pages/harness.mjs');
        const machine = await boot({ accel: `tcg,jit=tb,threshold=${full ? 100 : 500}`,
                                     command: full ? 'ls -lR /sys | wc -l' : 'true' });
        await machine.expect(/GUEST-RC 0/, 300000);
        await machine.vm.exited;
        return machine.vm.lastStats;
      }, full);
      assert.equal(stats.jit, 'tb');
      assert.ok(stats.modules > (full ? 10000 : 1000), `only ${stats.modules} modules`);
      return `${stats.modules} modules`;
    },
  },
  {
    name: 'two machines in one page',
    async run({ page, sites, open }) {
      await open(sites.isolated);
      const texts = await inPage(page, async () => {
        const { boot } = await import('/pages/harness.mjs');
        const machines = await Promise.all([
          boot({ command: 'echo first-$((40 + 1))', memory: 128 }),
          boot({ command: 'echo second-$((40 + 2))', memory: 256, threads: false, accel: 'tcg,jit=tb' }),
        ]);
        await Promise.all(machines.map((m) => m.vm.exited));
        return machines.map((m) => m.text());
      });
      assert.match(texts[0], /\nfirst-41\r/);
      assert.match(texts[1], /\nsecond-42\r/);
      assert.doesNotMatch(texts[0], /\nsecond-/);
      assert.doesNotMatch(texts[1], /\nfirst-/);
    },
  },
  {
    name: 'made and disposed 20 times: memory is given back',
    sample: ['chromium'],
    async run({ page, sites, open, browser }) {
      const cycles = (n) => inPage(page, async (n) => {
        const { boot } = await import('/pages/harness.mjs');
        for (let i = 0; i < n; i++) {
          // The early console: the usual one says nothing for a second.
          const machine = await boot({ memory: 512, threads: i % 2 === 0, append: 'earlycon=sbi' });
          await machine.expect(/Linux version/);
          await machine.vm.dispose();
        }
      }, n);
      await open(sites.isolated);
      await cycles(4);
      const before = await residentMiB(browser);
      await cycles(20);
      // The engine frees when it collects garbage: it is given some time for that. A machine that stayed would cost some 100 MiB
      // each time.
      const most = before + 200;
      let after = await residentMiB(browser);
      for (let i = 0; i < 20 && after > most; i++) {
        await new Promise((done) => setTimeout(done, 1000));
        after = await residentMiB(browser);
      }
      assert.ok(after <= most, `${before} MiB after 4 machines, ${after} MiB after 24`);
      return `${before} MiB after 4 machines, ${after} MiB after 24`;
    },
  },
  {
    // Firefox under WebDriver: a worker's `new Worker` may wait for ever (platform.mjs), the sooner the busier the page.
    name: 'two at a time, started and ended again and again',
    browsers: ['firefox'],
    async run({ page, sites, open, full }) {
      await open(sites.isolated);
      await inPage(page, async (times) => {
        const { boot } = await import('/pages/harness.mjs');
        const loop = async () => {
          for (let i = 0; i < times; i++) {
            const machine = await boot({ append: 'earlycon=sbi' });
            await machine.expect(/Linux version/);
            await machine.vm.dispose();
          }
        };
        await Promise.all([loop(), loop()]);
      }, full ? 100 : 15);
    },
  },
  {
    name: 'idle in a hidden page: the time is right, nothing spins',
    browsers: ['chromium'],
    async run({ page, sites, open, browser }) {
      const remarks = [];
      for (const site of [sites.isolated, sites.plain]) {
        await open(site);
        await inPage(page, async () => {
          const { shell } = await import('/pages/harness.mjs');
          globalThis.machine = await shell();
        });
        const front = await browser.newPage();
        await front.bringToFront();
        const before = cpuSeconds(browser);
        await new Promise((done) => setTimeout(done, 4000));
        const used = cpuSeconds(browser) - before;
        const { seconds, state } = await inPage(page, async () => {
          const start = performance.now();
          machine.type('sleep 2; echo sl""ept\n');
          await machine.expect(/slept/);
          await machine.vm.dispose();
          return { seconds: (performance.now() - start) / 1000, state: document.visibilityState };
        });
        await front.close();
        assert.ok(used < 1, `${used} s of CPU time in 4 s of doing nothing`);
        assert.ok(seconds > 1.9 && seconds < 4, `sleep 2 took ${seconds} s`);
        remarks.push(`${state}, ${used.toFixed(2)} s of CPU time in 4 s, sleep 2 took ${seconds.toFixed(2)} s`);
      }
      return remarks.join('; ');
    },
  },
  {
    name: 'pause, resume, reset, statistics, power',
    browsers: ['chromium'],
    async run({ page, sites, open }) {
      for (const site of [sites.isolated, sites.plain]) {
        await open(site);
        const r = await inPage(page, async () => {
          const { shell } = await import('/pages/harness.mjs');
          const machine = await shell({ statsInterval: 100 });
          const { vm } = machine;
          let events = 0;
          vm.on('stats', () => events++);
          machine.type('while :; do :; done &\n');
          await machine.expect(/# (\x1b\[6n)?$/);
          await vm.pause();
          const [a, b] = [await vm.stats(), (await new Promise((d) => setTimeout(d, 200)), await vm.stats())];
          await vm.resume();
          await new Promise((d) => setTimeout(d, 200));
          const c = await vm.stats();
          await vm.reset();
          await machine.expect(/Linux version/);
          const exit = await vm.powerDown();
          return { a: a.guest_insns, b: b.guest_insns, c: c.guest_insns, events, exit, running: vm.running,
                   late: await vm.stats().catch((e) => e.code) };
        });
        assert.equal(r.a, r.b, 'the guest ran while it was paused');
        assert.ok(r.c > r.b + 1000, 'the guest did not go on');
        assert.ok(r.events > 3);
        assert.deepEqual([r.exit.status, r.running, r.late], [0, false, 'ENDED']);
      }
    },
  },
  {
    name: 'inputs: ArrayBuffer, Blob, File, stream; a disk is written',
    sample: ['chromium'],
    async run({ page, sites, open }) {
      for (const site of [sites.isolated, sites.plain]) {
        await open(site);
        const r = await inPage(page, async () => {
          const { boot, GUEST } = await import('/pages/harness.mjs');
          const kernel = await (await fetch(GUEST.kernel)).arrayBuffer();
          const initrd = (await fetch(GUEST.initrd)).body;
          const disk = new File([new Uint8Array(1 << 20).fill(65)], 'disk, "1".img');
          const second = new Blob([new Uint8Array(1 << 16).fill(66)]);
          // Nothing opens this one: the guest may run before it is here, but then create() is not over.
          const late = new ReadableStream({
            async pull(stream) {
              await new Promise((done) => setTimeout(done, 1500));
              stream.enqueue(new Uint8Array([67, 67]));
              stream.close();
            },
          });
          const machine = await boot({
            kernel, initrd, files: { '/late': late }, drives: [disk, { file: second, readonly: true }],
            command: 'for at in 1500 9; do echo written | dd of=/dev/vda bs=512 seek=$at conv=sync,fsync; done; ' +
                     'cmp -n 512 /dev/vda /dev/vdb; head -c 4 /dev/vdb; echo . > /dev/vdb; echo; read x',
          });
          const lately = await (await machine.vm.readFile('/late')).text();
          await machine.expect(/\nBBBB/);
          const blob = await machine.vm.readFile('/weft/drive0/disk___1_.img');
          const text = await blob.slice(4606, 4620).text();
          const beyond = await blob.slice(767998, 768010).text() + await blob.slice(-2).text();
          const untouched = await disk.slice(4608, 4610).text();
          machine.type('\n');
          await machine.vm.exited;
          const kept = await (await machine.vm.readFile('/weft/drive0/disk___1_.img')).slice(4606, 4620).text();
          await machine.vm.dispose();
          return { size: blob.size, text, beyond, untouched, kernel: kernel.byteLength, lately, kept };
        });
        assert.equal(r.size, 1 << 20);
        assert.equal(r.text, 'AAwritten\n\0\0\0\0');
        assert.equal(r.beyond, 'AAwritten\n\0\0AA');
        assert.equal(r.kept, r.text, 'after the end');
        assert.equal(r.untouched, 'AA');
        assert.equal(r.lately, 'CC');
        assert.ok(r.kernel > 1e6, 'the buffer given to create() is still ours');
      }
    },
  },
  {
    name: 'preload: a package of file_packager',
    browsers: ['chromium'],
    async run({ page, sites, open }) {
      await open(sites.isolated);
      const r = await inPage(page, async () => {
        const { boot, refusal } = await import('/pages/harness.mjs');
        const machine = await boot({
          initrd: undefined, preload: '/extra/pack.js', command: 'echo from-a-package',
          arguments: ['-initrd', '/pack/initramfs.cpio.gz'],
        });
        await machine.expect(/\nfrom-a-package/);
        await machine.vm.exited;
        return refusal({ preload: '/weft.mjs' });
      });
      assert.match(r, /EINVAL: preload0: .*file_packager|EINVAL: preload0: .*no data package/);
    },
  },
  {
    name: 'a device tree that is written instead of a boot',
    browsers: ['chromium'],
    async run({ page, sites, open }) {
      for (const site of [sites.isolated, sites.plain]) {
        await open(site);
        const results = await inPage(page, async () => {
          const { Weft } = await import('/weft.mjs');
          const dump = async (options, ...words) => {
            const vm = await Weft.create({ ...options, arguments: ['-machine', 'dumpdtb=/x.dtb', ...words] });
            const blob = await vm.readFile('/x.dtb');
            return [(await vm.exited).status, new DataView(await blob.arrayBuffer()).getUint32(0)];
          };
          // A file that is named like an option is none.
          const kernel = new File([await (await fetch('/guest/Image.gz')).blob()], 'x');
          return [...await dump({ kernel: '/guest/Image.gz' }), ...await dump({ files: { kernel } }, '-kernel', 'kernel')];
        });
        assert.deepEqual(results, [0, 0xd00dfeed, 0, 0xd00dfeed]);
      }
    },
  },
  {
    name: 'the server: parts of files, what it refuses',
    browsers: ['chromium'],
    async run({ sites }) {
      const ask = async (path, range) => {
        const answer = await fetch(sites.isolated + path, { headers: range ? { Range: range } : {} });
        return [answer.status, (await answer.arrayBuffer()).byteLength, answer.headers.get('Content-Range')];
      };
      const file = '/guest/initramfs.cpio.gz';
      const [, size] = await ask(file);
      assert.deepEqual(await ask(file, 'bytes=5-14'), [206, 10, `bytes 5-14/${size}`]);
      assert.deepEqual(await ask(file, 'bytes=-7'), [206, 7, `bytes ${size - 7}-${size - 1}/${size}`]);
      assert.deepEqual(await ask(file, `bytes=${size}-`), [416, 0, `bytes */${size}`]);
      assert.deepEqual(await ask(file, `bytes=0-${'9'.repeat(5000)}`), [200, size, null]);
      for (const path of ['/none', '/%00', '/..%2fserve', '/guest']) {
        assert.equal((await ask(path))[0], 404, path);
      }
    },
  },
  {
    name: 'what cannot work says why',
    async run({ page, sites, open }) {
      await open(sites.isolated);
      const says = (options) => inPage(page, async (options) =>
        (await import('/pages/harness.mjs')).refusal(options), options);
      const { isolated } = sites;
      assert.equal(await says({ kernel: '/guest/none' }),
                   `EIO: kernel: cannot download ${isolated}/guest/none: HTTP status 404 Not Found`);
      assert.match(await says({ initrd: '/pages/blank.html' }), /initrd: .*\/pages\/blank\.html: .*HTML page/);
      assert.match(await says({ memory: '9Q' }), /EXIT: -m: size='9Q'/);
      // What it can know before its files are here it says before.
      assert.match(await inPage(page, async () => (await import('/pages/harness.mjs'))
        .refusal({ memory: '9Q', kernel: new ReadableStream() })), /EXIT: -m: size='9Q'/);
      // Of paths that we have made up the name is enough.
      assert.match(await says({ memory: 16 }), /EXIT: kernel 'Image[^/']*': \d+ bytes do not fit into 16 MiB/);
      assert.match(await says({ kernel: '/pages/harness.mjs' }), /EXIT: .*kernel/);
      assert.match(await says({ colour: 1 }), /unknown option 'colour'/);
      assert.match(await says({ initrd: 'file:///etc/passwd' }), /EACCES: initrd: a page cannot read file:/);
      assert.match(await says({ arguments: ['-append', 'x'] }), /EXIT: option '-append' is given twice/);
      const t0 = Date.now();
      assert.match(await says({ initrd: '/fault/cut/always/0/guest/initramfs.cpio.gz' }),
                   /EIO: initrd: cannot download http.*initramfs\.cpio\.gz: .*(bytes|network).*tried 5 times/);
      assert.ok(Date.now() - t0 > 3000, 'no pause between tries');
      assert.match(await says({ initrd: '/fault/status/503/busy/0/guest/initramfs.cpio.gz' }),
                   /EIO: initrd: .*HTTP status 503.*tried 5 times/);
      // Refused (no CORS) before anybody asks for it, since the script comes late.
      const script = '/fault/status/503/pack-script/1/extra/pack.js';
      assert.match(await says({ preload: { script, data: `${sites.plain}/extra/pack.data` } }),
                   /EIO: preload0: cannot download http.*pack\.data: .*tried 5 times/);
      const missing = await inPage(page, async () => {
        const validate = WebAssembly.validate;
        WebAssembly.validate = () => false;
        try {
          return await (await import('/pages/harness.mjs')).refusal({});
        } finally {
          WebAssembly.validate = validate;
        }
      });
      assert.match(missing, /MISSING_FEATURE: .*tail calls \(since Chrome 112, Firefox 121/);
    },
  },
  {
    name: 'downloads that break off go on; wrong media types',
    async run({ page, sites, open }) {
      await open(sites.isolated);
      const exit = await inPage(page, async () => {
        const { boot } = await import('/pages/harness.mjs');
        const machine = await boot({
          kernel: '/fault/cut/kernel/2/guest/Image.gz',
          initrd: '/fault/status/503/initrd/1/guest/initramfs.cpio.gz', command: 'echo whole',
        });
        await machine.expect(/\nwhole/);
        return machine.vm.exited;
      });
      assert.equal(exit.status, 0);
      const asked = await (await fetch(`${sites.isolated}/log/kernel`)).text();
      assert.match(asked, /^-\nbytes=\d+-\nbytes=\d+-\n$/);
      // What comes in the place of the rest is not taken for it.
      for (const code of [416, 206]) {
        let asked;
        // Where the end is seen before the first bytes there is nothing to go on with.
        for (let tries = 0; tries < 10 && !asked?.includes('bytes'); tries++) {
          const key = `whole${code}-${tries}`;
          const text = await inPage(page, async (code, key) => {
            const { boot } = await import('/pages/harness.mjs');
            const initrd = `/fault/norange/${code}/${key}/guest/initramfs.cpio.gz`;
            const machine = await boot({ initrd, command: 'echo again' });
            await machine.vm.exited;
            return machine.text();
          }, code, key);
          assert.match(text, /\nagain/);
          asked = await (await fetch(`${sites.isolated}/log/${key}`)).text();
        }
        assert.match(asked, /^-\nbytes=\d+-\d*\n-\n$/);
      }
      // Another origin's length is that of the compressed bytes, and it does not say so.
      const { text, sizes, same } = await inPage(page, async (other) => {
        const { boot } = await import('/pages/harness.mjs');
        const sizes = [];
        const machine = await boot({
          initrd: `${other}/fault/cors/guest/initramfs.cpio.gz`, kernel: `${other}/fault/cors/guest/Image.gz`,
          files: { '/script': `${other}/fault/cors/weft-threads.mjs` },
          command: 'echo from-afar', onProgress: ({ name, loaded, total }) => name === 'initrd' && sizes.push([loaded, total]),
        });
        const script = await (await machine.vm.readFile('/script')).text();
        await machine.vm.exited;
        return { text: machine.text(), sizes, same: script === await (await fetch('/weft-threads.mjs')).text() };
      }, sites.plain);
      assert.match(text, /\nfrom-afar/);
      assert.ok(same, 'what is longer than its compressed form');
      assert.equal(sizes.at(-1)[0], sizes.at(-1)[1]);
      // A small answer does not wait for 40 ms.
      assert.equal(await (await fetch(`${sites.isolated}/nodelay`)).text(), '1\n');
      // WebAssembly with another type is taken all the same; a script is not, and the message says so.
      await open(sites.isolated, '/fault/type/text/html/pages/blank.html');
      const r = await inPage(page, async () => {
        const base = '/fault/type/text/plain/';
        const texts = [];
        // The last one is the host worker's script, but no thread's.
        for (const script of ['/weft-threads.mjs', `${base}weft-threads.mjs`, '/fault/later/404/script/1/weft-threads.mjs']) {
          const { startWorker } = await import('/source/platform.mjs');
          texts.push(await new Promise((done) => {
            const worker = startWorker(new URL(script, location.href), {
              message: (m) => {
                if (['failed', 'exit'].includes(m.type)) {
                  worker.terminate();
                  done(`${m.type} ${m.status ?? m.message}`);
                }
              },
              error: (e) => done(e.message),
            });
            worker.post({ type: 'create', args: ['-version'], files: [], packages: [], statsPath: '/s',
                          wasm: new URL(`${base}weft-threads.wasm`, location.href).href, shared: true,
                          memory64: false, maximum: 2 ** 30 });
          }));
        }
        return texts;
      });
      assert.equal(r[0], 'exit 0');
      assert.match(r[1], /cannot be loaded|MIME|script/i);
      assert.match(r[2], /^failed the worker .*\/weft-threads.mjs cannot be loaded/);
    },
  },
  {
    name: 'downloads that the page has begun before',
    sample: ['chromium'],
    async run({ page, sites, open }) {
      await open(sites.isolated);
      // Whoever asks a second time gets nothing.
      const text = await inPage(page, async () => {
        const once = (key, path) => `/fault/later/404/${key}/1/${path}`;
        const kernel = once('early-kernel', 'guest/Image.gz'), initrd = once('early-initrd', 'guest/initramfs.cpio.gz');
        for (const href of [kernel, initrd]) {
          const link = document.createElement('link');
          document.head.append(Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: '', href }));
        }
        const { boot } = await import('/pages/harness.mjs');
        const machine = await boot({ kernel, initrd, command: 'echo early' });
        await machine.vm.exited;
        return machine.text();
      });
      assert.match(text, /\nearly/);
      // Where the page cannot compile the emulator, its worker does.
      const other = await inPage(page, async () => {
        WebAssembly.compileStreaming = async () => { throw new TypeError('refused'); };
        const { boot } = await import('/pages/harness.mjs');
        const machine = await boot({ command: 'echo compiled-there' });
        await machine.vm.exited;
        return machine.text();
      });
      assert.match(other, /\ncompiled-there/);
    },
  },
  {
    name: 'the package in a page that Vite has built, and from its server',
    browsers: ['chromium'],
    async run({ page, sites }) {
      for (const site of [sites.vite, sites.viteServer]) {
        await page.goto(`${site}/index.html`);
        await page.waitForFunction(() => document.title.startsWith('done'), { timeout: 120000 });
        assert.match(await page.title(), /^done 0 riscv64$/);
      }
    },
  },
];
