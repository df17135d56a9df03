/* What a browser uses, over all its processes. */
import fs from 'node:fs';

/* The fields of /proc/PID/stat behind the name, so [0] is the state; null if the process has ended. */
function statOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/* A process and all that descend from it, as { pid, start }: the time of its start tells it from a later one of its number. */
export function family(pid) {
  const all = new Map();
  for (const name of fs.readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) && statOf(name);
    if (stat) {
      all.set(Number(name), { parent: Number(stat[1]), start: stat[19] });
    }
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++) {
    for (const [child, { parent }] of all) {
      if (parent === found[i]) {
        found.push(child);
      }
    }
  }
  return found.map((each) => ({ pid: each, start: all.get(each)?.start }));
}

/* Is it still there, and not only waiting for its parent to notice its end? */
export function lives({ pid, start }) {
  const stat = statOf(pid);
  return stat !== null && stat[19] === start && stat[0] !== 'Z';
}

/* CPU time in seconds, of processes that are there now and of those that they have waited for. */
export function cpuSeconds(browser) {
  let ticks = 0;
  for (const { pid } of family(browser.process().pid)) {
    for (const field of statOf(pid)?.slice(11, 15) ?? []) {
      ticks += Number(field);
    }
  }
  return ticks / 100;
}

/* A sum over processes: of(file) is what one adds, file(name) the text of a file of its folder in /proc. */
function sum(browser, of) {
  let kib = 0;
  for (const { pid } of family(browser.process().pid)) {
    try {
      kib += of((name) => fs.readFileSync(`/proc/${pid}/${name}`, 'latin1'));
    } catch {
      // It has ended meanwhile.
    }
  }
  return Math.round(kib / 1024);
}

const field = (text, name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);

/* Resident memory, each page once (proportional set size). */
export async function residentMiB(browser) {
  return sum(browser, (file) => field(file('smaps_rollup'), 'Pss'));
}

/* The most that each process had, those that are there now, together; pages that they share count once. */
export function peakMiB(browser) {
  return sum(browser, (file) => {
    const status = file('status'), now = file('smaps_rollup');
    return field(now, 'Pss') + field(status, 'VmHWM') - field(status, 'VmRSS');
  });
}
