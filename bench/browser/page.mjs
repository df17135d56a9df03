/*
 * A machine in a page that shows nothing. The address says what it is, as JSON behind '?': { args, files }, Weft's command
 * line and what its files are, { path: URL }. Times are seconds since the navigation, which is where a page's clock begins.
 */
import { Weft } from '/build/web/weft.mjs';

const PATIENCE = 500; // ms that take() waits for the end
const now = () => performance.now() / 1000;

let lines = []; // [seconds, text], those not taken yet
let rest = '';
let end = null; // { seconds, status, reports, stats } or { error }
let tellEnd;
const ended = new Promise((resolve) => { tellEnd = resolve; });

function finish(what) {
  end = what;
  tellEnd();
}

async function run({ args, files }) {
  const decoder = new TextDecoder();
  const vm = await Weft.create({ arguments: args, files, threads: true });
  vm.console.onData((data) => {
    const at = now();
    const parts = (rest + decoder.decode(data, { stream: true })).split('\n');
    rest = parts.pop();
    lines.push(...parts.map((text) => [at, text]));
  });
  const { status, reports } = await vm.exited;
  const seconds = now();
  if (rest) {
    lines.push([seconds, rest]);
  }
  finish({ seconds, status, reports, stats: vm.lastStats });
}

/* What was printed since the last call, and the end if it has come; waits a moment for that. */
globalThis.take = async () => {
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  const taken = lines;
  lines = [];
  return { lines: taken, end };
};

run(JSON.parse(decodeURIComponent(location.search.slice(1)))).catch((e) => finish({ error: e.message }));
