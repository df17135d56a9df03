/*
 * How much slower a guest is after a compaction, which gives functions to the engine anew:
 *
 *     make web && $(scripts/toolchain/node.sh) bench/compaction-dip.mjs [SECONDS [ACCEL]]
 *
 * A booted Debian does a few things in a loop; every few milliseconds the machine says how many instructions it has run, and
 * how many times modules were linked anew. Prints medians of the instruction rate by time from such a relink, as parts of the
 * rate in the quarter of a second before it.
 */
import path from 'node:path';
import { Weft } from '../build/web/weft.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const STEP = 10;       // ms between questions
const BEFORE = 250;    // ms
const AFTER = [25, 50, 100, 200, 400, 800];
const LOOP = 'while :; do ls -l /etc | sort | md5sum; seq 100 | awk \'{s+=$1} END {print s}\'; echo $((i += 1)) | gzip | gunzip | sha256sum; ' +
             'find /proc/sys/kernel | grep -c s; done >/dev/null\n';

const [seconds = '60', accel = 'tcg,jit=batch'] = process.argv.slice(2);
const guest = (name) => path.join(ROOT, 'build', 'guest', name);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const vm = await Weft.create({ kernel: guest('Image'), initrd: guest('initramfs.cpio.gz'), accel,
                               append: 'console=ttyS0 cryptomgr.notests' });
let text = '';
const decoder = new TextDecoder();
const ready = new Promise((resolve) => vm.console.onData((data) => {
  text = (text + decoder.decode(data, { stream: true })).slice(-4000);
  if (/GUEST-READY[^]*# (\x1b\[6n)?$/.test(text)) {
    resolve();
  }
}));
await ready;
await vm.console.write(LOOP);

const samples = []; // [ms, instructions, relinks]
for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end;) {
  const { guest_insns, relinks } = await vm.stats();
  samples.push([performance.now(), guest_insns, relinks]);
  await new Promise((done) => setTimeout(done, STEP));
}
await vm.dispose();

/* Instructions a second between two times, or NaN where there are no samples. */
function rate(from, to) {
  const inside = samples.filter(([at]) => at >= from && at <= to);
  const [a, b] = [inside[0], inside.at(-1)];
  return inside.length > 1 ? (b[1] - a[1]) / (b[0] - a[0]) * 1000 : NaN;
}

/* Medians of the rate after some times, as parts of the rate before them; only where there is enough before and after. */
function after(times) {
  const usable = times.filter((at) => at - BEFORE > samples[0][0] && at + AFTER.at(-1) < samples.at(-1)[0]);
  return AFTER.map((to, i) => {
    const from = AFTER[i - 1] ?? 0;
    const parts = usable.map((at) => rate(at + from - STEP, at + to + STEP) / rate(at - BEFORE, at)).filter((part) => part > 0);
    return parts.length ? `${from} to ${to} ms ${median(parts).toFixed(2)}` : '';
  }).join(', ');
}

const relinked = samples.slice(1).filter((s, i) => s[2] > samples[i][2]).map(([at]) => at);
// Any others, to see what the guest's own ups and downs make of it.
const others = samples.filter((_, i) => i % 50 === 0).map(([at]) => at)
  .filter((at) => !relinked.some((r) => at > r - AFTER.at(-1) && at < r + AFTER.at(-1)));
console.log(`${relinked.length} relinks in ${seconds} s, ${(rate(-Infinity, Infinity) / 1e6).toFixed(0)} million instructions a second`);
console.log(`after a relink: ${after(relinked)}`);
console.log(`at other times: ${after(others)}`);
