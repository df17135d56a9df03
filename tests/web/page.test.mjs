/* Cases of the page itself (web/): see cases.mjs for what a case is. Its terminal is read by its buffer. */
import assert from 'node:assert/strict';
import { watchTasks } from './tasks.mjs';

const SHELL = 240000;      // ms for a boot
const CONTRAST = 4.5;      // WCAG AA

/* Before the page's own scripts: what it must not do is counted. */
function watch() {
  globalThis.watched = { violations: [], frames: 0 };
  document.addEventListener('securitypolicyviolation', (e) =>
    watched.violations.push(`${e.violatedDirective} ${e.sourceFile}:${e.lineNumber}`));
  const request = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = (fn) => {
    watched.frames++;
    return request.call(globalThis, fn);
  };
}

const isThere = (page) => page.waitForFunction(() => globalThis.weftPage?.machines.length);

async function openPage(page, site, query) {
  await page.evaluateOnNewDocument(watch);
  await page.goto(`${site}/${query}`);
  await isThere(page);
}

const waitFor = (page, fn, ms, ...args) => page.waitForFunction(fn, { timeout: ms, polling: 100 }, ...args);

/* All lines of a machine's terminal. */
function screenText(page, machine = 0) {
  return page.evaluate((machine) => {
    const buffer = weftPage.machines[machine].terminal.buffer.active;
    return Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i).translateToString(true)).join('\n');
  }, machine);
}

async function expectScreen(page, pattern, machine = 0, ms = 60000) {
  const end = Date.now() + ms;
  for (;;) {
    const text = await screenText(page, machine);
    if (pattern.test(text)) {
      return text;
    }
    assert.ok(Date.now() < end, `no ${pattern} on the screen: ${text.trimEnd().slice(-500)}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function shell(page, machine = 0) {
  await waitFor(page, (machine) => weftPage.machines[machine].times.shell, SHELL, machine);
  await expectScreen(page, /# *\n*$/, machine);
  return page.evaluate((machine) => weftPage.machines[machine].times, machine);
}

const stateIs = (page, state) => waitFor(page, (s) => weftPage.machines.every((m) => m.state === s), 60000, state);

/* { button: enabled } of a machine. */
const buttons = (page) => page.evaluate(() =>
  Object.fromEntries([...document.querySelectorAll('.machine [data-do]')].map((b) => [b.dataset.do, !b.disabled])));

/* The last of the keys, while the others are held; then possibly options of keyboard.press(). */
async function press(page, ...keys) {
  const options = typeof keys.at(-1) === 'object' ? keys.pop() : {};
  const held = keys.slice(0, -1);
  for (const key of held) {
    await page.keyboard.down(key);
  }
  await page.keyboard.press(keys.at(-1), options);
  for (const key of held.reverse()) {
    await page.keyboard.up(key);
  }
}

/* While one download has not begun, the others being here is not the end of the downloads. */
async function slowKernel(page, { csp }) {
  await page.goto(`${csp}/?kernel=${encodeURIComponent('/fault/slow/2000/guest/Image.gz')}&autostart=0`);
  await isThere(page);
  const startsAfter = page.evaluate(() => new Promise((done) => {
    const began = performance.now();
    const state = document.querySelector('.state');
    new MutationObserver(() => state.textContent === 'Starting' && done(performance.now() - began))
      .observe(state, { childList: true, characterData: true, subtree: true });
    document.getElementById('start').click();
  }));
  assert.ok(await startsAfter >= 2000, `told to start after ${await startsAfter} ms`);
  await stateIs(page, 'running');
  await page.click('[data-do=power]');
  await stateIs(page, 'off');
}

/* Selects a line of the terminal that is this word, copies and pastes it by keyboard. */
async function copyAndPaste(page, browser, word) {
  const firefox = browser.process().spawnfile.includes('firefox');
  if (!firefox) {
    const permissions = ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write'];
    await browser.defaultBrowserContext().overridePermissions(new URL(page.url()).origin, permissions);
  }
  await page.evaluate((word) => {
    const { terminal } = weftPage.machines[0];
    const { active } = terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i).translateToString(true));
    terminal.select(0, lines.lastIndexOf(word), word.length);
  }, word);
  await press(page, 'Control', 'Shift', 'KeyC');
  if (!firefox) {
    await waitFor(page, (word) => navigator.clipboard.readText().then((text) => text === word), 10000, word);
  }
  // Chromium knows no shortcuts where it has no window: the command is what its own Ctrl+Shift+V does.
  await press(page, 'Control', 'Shift', 'KeyV', firefox ? {} : { commands: ['pasteAndMatchStyle'] });
}

/* Behind another page it does not spin, while the guest goes on. */
async function hiddenAwhile(page, browser) {
  const front = await browser.newPage();
  await front.bringToFront();
  if (await page.evaluate(() => document.visibilityState) === 'hidden') {
    const before = await page.evaluate(() => {
      weftPage.machines[0].terminal.input('for i in 1 2 3; do sleep 1; echo hidden-$i; done\r');
      return watched.frames;
    });
    await expectScreen(page, /^hidden-3$/m);
    const frames = await page.evaluate(() => watched.frames) - before;
    // In Chromium all wait; Firefox gives one a second to each that draws: the terminal, its size, the view.
    assert.ok(frames <= 20, `${frames} frames were asked for while hidden`);
  }
  await front.close();
  await page.bringToFront();
}

/* Contrast of each visible text with what is behind it: the words where it is too low. */
function lowContrast(least) {
  const luminance = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((v) => (v /= 255, v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parts(getComputedStyle(element).backgroundColor);
      if (colour[3] !== 0) {
        return colour;
      }
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(':disabled, .xterm')) {
      continue;
    }
    const colours = [parts(getComputedStyle(element).color), behind(element)];
    const [a, b] = colours.map(luminance).sort((a, b) => b - a);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) {
      low.push(`${walker.currentNode.data.trim()} (${ratio.toFixed(2)})`);
    }
  }
  return low;
}

const NAMED = ['button', 'checkbox', 'combobox', 'textbox', 'spinbutton', 'progressbar', 'image', 'img', 'link',
               'group', 'region', 'timer', 'heading', 'list'];

/* Nodes of the accessibility tree that must have a name and have none; and the number of those that have. */
function nameless(node, found = { without: [], named: 0 }) {
  if (NAMED.includes(node.role) && !(node.role === 'list' && !node.children)) {
    if (node.name) {
      found.named++;
    } else {
      found.without.push(`${node.role} ${node.children?.[0]?.name ?? ''}`);
    }
  }
  node.children?.forEach((child) => nameless(child, found));
  return found;
}

/* What page.js imports, and what that imports; and what index.html has fetched before it is asked for. */
async function modulesAndPreloads() {
  const found = new Set();
  const follow = async (name) => {
    const text = await (await fetch(name)).text();
    const names = [...text.matchAll(/^(?:import|export|const|var) .*?(?:from|import\() ?['\x22]\.\/([\w.-]+)['\x22]/gm)].map((m) => m[1]);
    for (const next of names.filter((n) => !found.has(n))) {
      found.add(next);
      await follow(next);
    }
  };
  await follow('page.js');
  const links = [...document.querySelectorAll('link[rel=modulepreload]')].map((l) => l.getAttribute('href'));
  return [[...found].sort(), links.sort()];
}

export const cases = [
  {
    name: 'page: settings and address',
    sample: ['chromium'],
    async run({ page, sites }) {
      const query = '?kernel=%2Fnot%2Fthere&append=a+b%26c&memory=128&view=both&mode=tb&threads=no&reader=1' +
                    '&autostart=0';
      await openPage(page, sites.csp, query);
      const [modules, preloads] = await page.evaluate(modulesAndPreloads);
      assert.ok(modules.includes('weft.mjs') && modules.includes('xterm.mjs'), `found only ${modules}`);
      assert.deepEqual(preloads, modules, 'index.html preloads what page.js imports');
      const read = () => page.$$eval('[name]:is(input, select)', (all) =>
        Object.fromEntries(all.map((f) => [f.name, f.type === 'checkbox' ? f.checked : f.value])));
      const settings = { kernel: '/not/there', initrd: 'guest/initramfs.cpio.gz', disk: '', append: 'a b&c',
                         memory: '128', view: 'both', mode: 'tb', threads: 'no', reader: true, autostart: false };
      assert.deepEqual(await read(), settings);
      assert.equal(await page.$$eval('.machine', (all) => all.length), 2);
      await page.select('#view', 'one');
      await page.select('#mode', 'off');
      assert.equal(await page.evaluate(() => location.search), query.replace('&view=both&mode=tb', '&mode=off'));
      await page.reload();
      await isThere(page);
      assert.deepEqual(await read(), { ...settings, view: 'one', mode: 'off' });
      assert.equal(await page.$$eval('.machine', (all) => all.length), 1);

      // A download that fails is told, and it can be started again.
      await page.click('#start');
      const told = () => document.querySelector('.machine [role=alert]').textContent.includes('/not/there');
      await waitFor(page, told, 60000);
      assert.equal(await page.$eval('#start', (b) => b.disabled), false);
      await slowKernel(page, sites);
      await page.goto(`${sites.csp}/?memory=.1024e4&autostart=0`);
      await isThere(page);
      assert.equal(await page.$eval('#problem', (e) => e.textContent), '');
      assert.equal(await page.$eval('#memory', (e) => e.value), '1024');
      await page.goto(`${sites.csp}/?memory=lots&mode=fast&autostart=constructor&colour=red`);
      await isThere(page);
      const problem = await page.$eval('#problem', (e) => e.textContent);
      assert.match(problem, /memory=lots.*16 to 3072.*512.*mode=fast.*batch, tb, off.*autostart=constructor.*1 or 0.*unknown setting: colour/);
      assert.equal(await page.evaluate(() => weftPage.machines[0].state), 'off');
    },
  },
  {
    name: 'page: files by drop',
    sample: ['chromium'],
    async run({ page, sites }) {
      await openPage(page, sites.csp, '?autostart=0');
      const slots = await page.evaluate(async () => {
        const file = async (path, name) => new File([await (await fetch(path)).blob()], name);
        const drop = async (target, files) => {
          const dataTransfer = new DataTransfer();
          files.forEach((f) => dataTransfer.items.add(f));
          target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
          const all = () => [...document.querySelectorAll('input[type=file]')].map((i) => i.files[0]?.name);
          for (let i = 0; i < 50 && !files.every((f) => all().includes(f.name)); i++) {
            await new Promise((done) => setTimeout(done, 100));
          }
          return all();
        };
        const guest = [await file('guest/initramfs.cpio.gz', 'a'), await file('guest/Image.gz', 'b')];
        const anywhere = await drop(document.body, [new File(['nothing in it'], 'some.img'), ...guest]);
        const label = document.querySelector('[data-slot=initrd] label');
        const onSlot = await drop(label, [new File([guest[0]], 'Image')]);
        return { anywhere, onSlot, disabled: document.getElementById('kernel').disabled };
      });
      const anywhere = ['b', 'a', 'some.img'];
      assert.deepEqual(slots, { anywhere, onSlot: ['b', 'Image', 'some.img'], disabled: true });
      await page.click('[data-slot=disk] button');
      await page.click('#start');
      await stateIs(page, 'running');
      // Nothing was downloaded, so nothing is told of it.
      const times = await page.$eval('.times', (e) => e.textContent);
      assert.match(times, /Guest started/);
      assert.doesNotMatch(times, /Infinity|NaN/);
      await page.click('[data-do=power]');
      await stateIs(page, 'off');
      await page.click('#options > summary');
      await page.click('[data-slot=kernel] button');
      assert.equal(await page.$eval('#kernel-file', (i) => i.files.length), 0);
      assert.equal(await page.$eval('#kernel', (i) => i.disabled), false);
      // What the form does not show as chosen after a reload is not.
      await page.reload();
      await isThere(page);
      const [files, disabled] = await page.evaluate(() => [
        [...document.querySelectorAll('input[type=file]')].map((i) => i.files.length), document.getElementById('initrd').disabled,
      ]);
      assert.deepEqual(files, [0, 0, 0]);
      assert.equal(disabled, false);
    },
  },
  {
    name: 'page: boot by keyboard under a strict CSP, command, paste, buttons',
    sample: ['chromium'],
    async run({ page, sites, browser }) {
      await page.setViewport({ width: 1280, height: 900 });
      await openPage(page, sites.csp, '?autostart=0');
      const usable = (on) => ({ pause: on, reset: on, power: on, fit: on, copy: true, paste: on });
      assert.deepEqual(await buttons(page), usable(false));
      const { result: times, longest } = await watchTasks(page, browser, async () => {
        await page.focus('.skip');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter'); // Start
        return shell(page);
      });
      assert.ok(times.kernel > 0 && times.kernel < times.shell, JSON.stringify(times));
      assert.deepEqual(await buttons(page), usable(true));
      assert.equal(await page.$eval('#start', (b) => b.disabled), true);
      assert.match(await page.$eval('.downloads', (e) => e.textContent),
                   /^(Emulator.*)?Kernel\d+\.\d MB in.*Initial ramdisk\d+\.\d+ MB in/);
      assert.match(await page.$eval('.state', (e) => e.textContent), /^Shell after \d/);

      // The start has put the focus into the terminal.
      await page.keyboard.type('echo word-$((6 * 7))\n');
      await expectScreen(page, /^word-42$/m);
      await page.keyboard.type('echo pasted:');
      await expectScreen(page, /# echo pasted:$/m);
      await copyAndPaste(page, browser, 'word-42');
      await expectScreen(page, /# echo pasted:word-42$/m);
      await page.keyboard.press('Enter');
      await expectScreen(page, /^pasted:word-42$/m);
      await page.click('[data-do=fit]');
      await page.keyboard.type('stty size\n');
      const { rows, cols } = await page.evaluate(() => {
        const { rows, cols } = weftPage.machines[0].terminal;
        return { rows, cols };
      });
      await expectScreen(page, new RegExp(`^${rows} ${cols}$`, 'm'));

      // xterm.js's own style, and a colour beyond the palette, without inline styles.
      await page.keyboard.type('printf "\\033[38;2;255;120;0mcolour\\033[0m\\n"\n');
      await expectScreen(page, /^colour$/m);
      const styled = () => [...document.querySelectorAll('.xterm-rows span')].some((span) => {
        const { color, display } = getComputedStyle(span);
        return color === 'rgb(255, 120, 0)' && display === 'inline-block';
      });
      await waitFor(page, styled, 10000);
      assert.deepEqual(await page.evaluate(() => watched.violations), []);

      // A guest that waits makes the page draw for its statistics alone, and for what they change.
      const frames = await page.evaluate(async () => {
        const before = watched.frames;
        await new Promise((done) => setTimeout(done, 4000));
        return watched.frames - before;
      });
      assert.ok(frames <= 40, `${frames} frames in 4 s`);
      await hiddenAwhile(page, browser);

      await press(page, 'Control', 'Shift', 'ArrowUp');
      assert.equal(await page.evaluate(() => document.activeElement.dataset.do), 'pause');
      await page.keyboard.press('Enter');
      await stateIs(page, 'paused');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Resume');
      await page.keyboard.press('Enter');
      await stateIs(page, 'running');
      await page.click('[data-do=reset]');
      await waitFor(page, () => weftPage.machines[0].times.kernel && !weftPage.machines[0].times.shell, 120000);
      await page.click('[data-do=power]');
      await stateIs(page, 'off');
      assert.equal(await page.$eval('#start', (b) => b.disabled), false);
      return `kernel ${(times.kernel / 1000).toFixed(1)} s, shell ${(times.shell / 1000).toFixed(1)} s, ` +
             `${longest && `${longest}, `}${frames} frames in 4 s`;
    },
  },
  {
    name: 'page: side by side, names, contrast, narrow screen',
    browsers: ['chromium'],
    async run({ page, sites }) {
      await page.setViewport({ width: 1280, height: 900 });
      await openPage(page, sites.csp, '?view=both&memory=256&autostart=1');
      const [tb, batch] = [await shell(page, 0), await shell(page, 1)];
      const modes = await page.evaluate(() => weftPage.machines.map((m) => m.vm.lastStats.jit));
      assert.deepEqual(modes, ['tb', 'batch']);
      const sides = await page.$$eval('.machine', (all) => all.map((m) => m.getBoundingClientRect().left));
      assert.ok(sides[1] > sides[0] + 500, 'side by side');
      const clocks = await page.$$eval('.clock', (all) => all.map((e) => e.textContent));
      assert.ok(clocks.every((text) => /^\d+\.\d s$/.test(text)), `clocks say ${clocks}`);
      for (const machine of [0, 1]) {
        await page.evaluate((machine) => {
          weftPage.machines[machine].terminal.input(`echo number-$((${machine} + 5))\r`);
        }, machine);
        await expectScreen(page, new RegExp(`^number-${machine + 5}$`, 'm'), machine);
      }
      // Plots: pixels in the colour of the line.
      const drawn = await page.$$eval('.plots figure:first-child canvas', (all) => all.map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let blue = 0;
        for (let i = 0; i < data.length; i += 4) {
          blue += data[i + 2] > data[i] + 60 && data[i + 3] > 200;
        }
        return blue;
      }));
      assert.ok(drawn.every((pixels) => pixels > 50), `plots have ${drawn} pixels`);

      await page.$eval('#options', (e) => { e.open = true; });
      const { without, named } = nameless(await page.accessibility.snapshot({ interestingOnly: false }));
      assert.deepEqual(without, []);
      assert.ok(named > 40, `${named} named nodes`);
      for (const value of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
        assert.deepEqual(await page.evaluate(lowContrast, CONTRAST), [], value);
      }
      await page.setViewport({ width: 360, height: 740 });
      await new Promise((done) => setTimeout(done, 500));
      const beyond = await page.$$eval('body *:not(.xterm *, .skip)', (all) =>
        all.filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > 360.5)
          .map((e) => e.outerHTML.slice(0, 80)));
      assert.deepEqual(beyond, []);
      assert.ok(await page.evaluate(() => weftPage.machines.every((m) => m.terminal.cols >= 35)), 'a terminal of use');
      return `shell after ${(tb.shell / 1000).toFixed(1)} s (tb), ${(batch.shell / 1000).toFixed(1)} s (batch)`;
    },
  },
];
