/* How long the tasks of a page's main thread are, in Chromium; Firefox does not tell. */
import assert from 'node:assert/strict';
import { StolenTime } from './stolen-time.mjs';

const LONGEST = 50;        // ms of the processor
const LONGEST_WALL = 1000; // ms by the clock, on a machine that does other things too: a task that waits takes no processor

function longestOf(traceEvents, stolen) {
  const thread = (e) => `${e.pid} ${e.tid}`;
  // The browser's own pages have such threads, too; ours hears the host worker.
  const ours = traceEvents.find((e) => e.name === 'FunctionCall' && e.args.data?.url?.endsWith('/weft.mjs'));
  assert.ok(ours, 'no thread has run weft.mjs');
  const events = traceEvents.filter((e) => thread(e) === thread(ours) && e.tdur);
  const tasks = events.filter((e) => /RunTask$/.test(e.name));
  assert.ok(tasks.length > 100, `only ${tasks.length} tasks say what they took of the processor`);
  for (const e of tasks) {
    const lost = stolen.between(e.ts / 1000, (e.ts + e.dur) / 1000);
    e.own = { cpu: e.tdur / 1000 - lost, wall: e.dur / 1000 - lost };
  }
  const [cpu, wall] = ['cpu', 'wall'].map((clock) => tasks.reduce((a, b) => (b.own[clock] > a.own[clock] ? b : a)));
  const did = events.filter((e) => e !== cpu && e.ts >= cpu.ts && e.ts + e.dur <= cpu.ts + cpu.dur)
    .sort((a, b) => b.tdur - a.tdur).slice(0, 4)
    .map((e) => `${e.name} ${e.tdur / 1000} ms ${JSON.stringify(e.args).slice(0, 300)}`);
  return { cpu: cpu.own.cpu, wall: wall.own.wall, did };
}

/*
 * Calls fn and waits for it; fails if a task of the page's main thread was too long meanwhile, without what the machine's host
 * took. Gives { result, longest }: what fn gave, and a remark, or ''.
 */
export async function watchTasks(page, browser, fn) {
  if (browser.process().spawnfile.includes('firefox')) {
    return { result: await fn(), longest: '' };
  }
  const stolen = new StolenTime();
  let result, trace;
  try {
    await page.tracing.start({ categories: ['devtools.timeline', 'toplevel'] });
    try {
      result = await fn();
    } catch (e) {
      await page.tracing.stop().catch(() => {}); // why fn has failed may be that the page has
      throw e;
    }
    trace = await page.tracing.stop();
  } finally {
    stolen.stop();
  }
  const { cpu, wall, did } = longestOf(JSON.parse(new TextDecoder().decode(trace)).traceEvents, stolen);
  const text = `longest task ${cpu.toFixed(0)} ms of the processor, ${wall.toFixed(0)} by the clock`;
  assert.ok(cpu <= LONGEST && wall <= LONGEST_WALL, `${text}: ${did.join('; ')}`);
  return { result, longest: text };
}
