/*
 * Runs the web build in a headless browser like a command:
 *
 *     node run.mjs chromium|firefox EXECUTABLE MODULES WEFT-ARGUMENT...
 *
 * MODULES has node_modules/puppeteer-core. Files (-kernel, -initrd) must be below the repository's top, which build/serve
 * serves. Each line of the guest is printed with the seconds since the page's navigation before it. The last line is
 * '@browser' and a JSON object: seconds (navigation to the machine's end), launch (start of the browser until it is idle),
 * cpu_seconds (navigation to end) and peak_mib of all processes of the browser, stats (Weft's). The status is that of the
 * machine. However it ends, no process and no profile stays behind.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { launch } from '../../tests/web/launch.mjs';
import { cpuSeconds, family, lives, peakMiB } from '../../tests/web/processes.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
const CLOSING = 5000; // ms that the browser gets to close
// A browser is idle when all its processes together have used no more than this part of a core for so many seconds.
const IDLE = { part: 0.1, seconds: 0.5, patience: 30 };
// How far the page's clock and ours may be apart: a part of the time, and seconds.
const APART = [0.03, 1];

const [browserName, executable, modules, ...args] = process.argv.slice(2);
if (!args.length) {
  console.error('usage: run.mjs chromium|firefox EXECUTABLE MODULES WEFT-ARGUMENT...');
  process.exit(2);
}

let browser, profile, processes = [];
let ending = null; // the promise of cleanUp()

const seconds = () => performance.now() / 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function kill(found) {
  for (const each of found.filter(lives)) {
    try {
      process.kill(each.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/* What descends from us now, added to what did: the parents of some processes of a browser end before them. */
function note() {
  const known = new Set(processes.map((each) => `${each.pid} ${each.start}`));
  processes.push(...family(process.pid).slice(1).filter((each) => !known.has(`${each.pid} ${each.start}`)));
}

async function cleanUp() {
  note();
  await Promise.race([browser?.close().catch(() => {}), sleep(CLOSING)]);
  note();
  kill(processes);
  for (let tries = 0; processes.some(lives) && tries < 100; tries++) {
    await sleep(10);
  }
  if (profile) {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function leave(status) {
  ending ??= cleanUp();
  await ending;
  process.exit(status);
}

for (const [name, number] of Object.entries(SIGNALS)) {
  process.on(name, () => leave(128 + number));
}
// Who reads our output has gone.
process.stdout.on('error', () => leave(1));

/* The address of a server of the repository, with what the page needs compressed already, as by a server in earnest. */
async function serve() {
  const server = spawn(path.join(ROOT, 'build', 'serve'), ['--port', '0', '--root', ROOT],
                       { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout });
  const address = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    server.once('error', reject);
    server.once('exit', () => reject(new Error('build/serve has ended')));
  });
  const page = fs.readFileSync(path.join(import.meta.dirname, 'page.html'), 'utf8');
  const modules = [...page.matchAll(/href="\/(build\/web\/[^"]+)"/g)].map(([, name]) => name);
  const own = ['page.html', 'page.mjs'].map((name) => `bench/browser/${name}`);
  for (const name of [...own, ...modules, 'build/web/weft-threads.mjs', 'build/web/weft-threads.wasm']) {
    const answer = await fetch(`${address}${name}`, { headers: { 'Accept-Encoding': 'gzip' } });
    if (!answer.ok) {
      throw new Error(`${name}: ${(await answer.text()).trim()}: make web`);
    }
    await answer.arrayBuffer();
  }
  return address;
}

/* { path as given: address below the server's } of the files that the command line names. */
function filesOf(words) {
  const named = words.filter((_, i) => ['-kernel', '-initrd'].includes(words[i - 1]));
  return Object.fromEntries(named.map((name) => {
    const relative = path.relative(ROOT, fs.realpathSync(path.resolve(ROOT, name)));
    if (relative.startsWith('..')) {
      throw new Error(`${name}: not below ${ROOT}`);
    }
    return [name, '/' + relative.split(path.sep).map(encodeURIComponent).join('/')];
  }));
}

async function newPage() {
  profile = fs.mkdtempSync(path.join(os.tmpdir(), 'weft-bench-browser-'));
  // Browsers keep things in the home directory beside the profile.
  const env = { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile };
  const directory = path.join(profile, 'profile');
  fs.mkdirSync(directory);
  browser = await launch({ browser: browserName, executable, modules, profile: directory },
                         { env, handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false });
  return (await browser.pages())[0] ?? browser.newPage();
}

/*
 * Until the browser has nothing of its own to do: its own surface goes on starting for seconds after it takes commands, and
 * whoever opens a page has a browser that has long started.
 */
async function idle() {
  for (let since = seconds(), cpu = cpuSeconds(browser), left = IDLE.patience / IDLE.seconds; left > 0; left--) {
    await sleep(1000 * IDLE.seconds);
    const now = seconds(), used = cpuSeconds(browser);
    if (used - cpu <= IDLE.part * (now - since)) {
      return;
    }
    [since, cpu] = [now, used];
  }
  console.error(`${browserName}: still busy with itself after ${IDLE.patience} s`);
}

/* Prints lines until the machine has ended; how it did. */
async function follow(page) {
  for (;;) {
    const { lines, end } = await page.evaluate(() => globalThis.take());
    for (const [at, text] of lines) {
      console.log(`${at.toFixed(6)} ${text}`);
    }
    if (end) {
      return end;
    }
  }
}

async function main() {
  const query = encodeURIComponent(JSON.stringify({ args, files: filesOf(args) }));
  const address = await serve();
  const started = seconds();
  const page = await newPage();
  await idle();
  const cpuBefore = cpuSeconds(browser);
  const navigated = seconds();
  await page.goto(`${address}bench/browser/page.html?${query}`);
  const end = await follow(page);
  const took = seconds() - navigated;
  if (end.error) {
    throw new Error(end.error);
  }
  if (Math.abs(took - end.seconds) > APART[0] * took + APART[1]) {
    throw new Error(`the page's clock says ${end.seconds.toFixed(3)} s, ours ${took.toFixed(3)} s`);
  }
  for (const text of end.reports) {
    console.error(text);
  }
  note();
  const used = { cpu_seconds: cpuSeconds(browser) - cpuBefore, peak_mib: peakMiB(browser) };
  console.log('@browser ' + JSON.stringify({ seconds: end.seconds, launch: navigated - started, ...used, stats: end.stats }));
  return end.status;
}

try {
  await leave(await main());
} catch (e) {
  // When we are being ended, what fails is what is taken away.
  if (!ending) {
    console.error(`${browserName}: ${e.message}`);
  }
  await leave(1);
}
