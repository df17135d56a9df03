/*
 * Stands in for puppeteer-core where there is no browser: a process that does not end by itself, and a page whose machine
 * prints two lines. BENCH_PAGE says what then becomes of it: ends, fails, late (its clock is wrong) or stays. The number of
 * the process is written beside the profile's folder.
 */
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const path = require('node:path');

const LINES = [[0.25, '[    0.000000] Linux version 6\r'], [0.5, '']];
const ENDS = {
  ends: { seconds: 0.75, status: 3, reports: ['a remark'], stats: { guest_insns: 5 } },
  fails: { error: 'no kernel here' },
  late: { seconds: 100, status: 0, reports: [] },
  stays: null,
};

exports.launch = async ({ userDataDir, env }) => {
  const child = spawn('sh', ['-c', 'sleep 300 & sleep 300'], { detached: true, stdio: 'ignore' });
  writeFileSync(path.join(env.BENCH_FOLDER, 'pid'), String(child.pid));
  writeFileSync(path.join(userDataDir, 'history'), 'somewhere');
  const end = ENDS[env.BENCH_PAGE];
  const page = {
    goto: async (url) => {
      const answer = await fetch(url);
      writeFileSync(path.join(env.BENCH_FOLDER, 'page'), `${answer.status} ${decodeURIComponent(new URL(url).search)}`);
    },
    evaluate: () => new Promise((resolve) => setTimeout(() => resolve({ lines: LINES.splice(0), end }), 50)),
  };
  return { process: () => child, pages: async () => [page], close: async () => {} };
};
