/* What a browser uses, over all its processes. */
import fs from 'node:fs';

function children(pid) {
  const all = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parent = new Map();
  for (const name of all) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
      parent.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++) {
    for (const [child, its] of parent) {
      if (its === found[i]) {
        found.push(child);
      }
    }
  }
  return found;
}

/* CPU time in seconds, of processes that are there now. */
export function cpuSeconds(browser) {
  let ticks = 0;
  for (const pid of children(browser.process().pid)) {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
      ticks += Number(user) + Number(system);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

/* Resident memory, each page once (proportional set size). */
export async function residentMiB(browser) {
  let kib = 0;
  for (const pid of children(browser.process().pid)) {
    try {
      kib += Number(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1').match(/^Pss:\s+(\d+)/m)?.[1] ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return Math.round(kib / 1024);
}
