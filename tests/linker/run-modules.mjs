// run-modules.mjs DIR: validates all modules of a directory, and runs those that test-linker.c made to be run:
// a TB that counts down and one that calls helpers go to each other, in one module or in two; and what runs.json
// describes: graphs of functions that count down and fold the keys they are called with into a hash.
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';

v8.setFlagsFromString('--experimental-wasm-branch-hinting'); // where it is no flag, it does nothing

const [dir] = process.argv.slice(2);
const HOPS = 300000; // far more than a stack would hold
const ENV = 64, KEY_A = 16, KEY_B = 70000, SLOT_A = 3, SLOT_B = 90;
let failures = 0;

function check(ok, what) {
  if (!ok) {
    console.log(`failed: ${what}`);
    failures++;
  }
}

function run(form, names) {
  const [bits, sharing] = form;
  const index = bits === '64' ? BigInt : Number;
  const address = bits === '64' ? { address: 'i64' } : {};
  const m = new WebAssembly.Memory({
    ...address, initial: index(2),
    ...(sharing === 'shared' && { maximum: index(bits === '64' ? 262144 : 65536), shared: true }),
  });
  const t = new WebAssembly.Table({ ...address, element: 'anyfunc', initial: index(100) });
  const counts = [0, 0];
  const h = [
    (env) => { counts[0] += env === BigInt(ENV); },
    (env, key) => { counts[1] += env === BigInt(ENV) && key === KEY_B; return key; },
  ];
  const what = `${form.join('-')} ${names.join(' ')}`;

  for (const name of names) {
    const module = new WebAssembly.Module(fs.readFileSync(path.join(dir, `${name}.wasm`)));
    new WebAssembly.Instance(module, { e: { m, t }, h });
  }
  check(t.get(index(SLOT_B)) !== null && t.get(index(SLOT_B + 1)) === null, `${what}: elements`);
  new Int32Array(m.buffer)[ENV / 4] = HOPS;
  check(t.get(index(SLOT_A))(BigInt(ENV), KEY_A) === 2, `${what}: result`);
  check(new Int32Array(m.buffer)[ENV / 4] === 0, `${what}: count`);
  check(counts[0] === HOPS && counts[1] === HOPS, `${what}: helpers ${counts}`);
}

function runGraph({ bits, modules, key, slot, hops, hash }) {
  const index = bits === 64 ? BigInt : Number;
  const m = new WebAssembly.Memory(bits === 64
    ? { address: 'i64', initial: 2n, maximum: 262144n, shared: true } : { initial: 2 });
  const t = new WebAssembly.Table({
    ...(bits === 64 && { address: 'i64' }), element: 'anyfunc', initial: index(1000),
  });
  let calls = 0;

  for (const name of modules) {
    const module = new WebAssembly.Module(fs.readFileSync(path.join(dir, `${name}.wasm`)));
    new WebAssembly.Instance(module, { e: { m, t }, h: [() => { calls++; }] });
  }
  const words = new Uint32Array(m.buffer, ENV, 2);
  words[0] = hops;
  const result = t.get(index(slot))(BigInt(ENV), key);
  check(result === 2, `${modules}: result ${result}`);
  check(words[0] === 0 && calls === hops, `${modules}: ${calls} calls, ${words[0]} are left`);
  check(words[1] === hash, `${modules}: hash ${words[1]}, not ${hash}`);
}

const files = fs.readdirSync(dir).filter((name) => name.endsWith('.wasm'));
for (const name of files) {
  check(WebAssembly.validate(fs.readFileSync(path.join(dir, name))), `${name} is not valid`);
}
for (const bits of ['32', '64']) {
  for (const sharing of ['own', 'shared']) {
    const base = `run-${bits}-${sharing}`;
    if (files.includes(`${base}-a.wasm`)) {
      run([bits, sharing], [`${base}-both`]);
      run([bits, sharing], [`${base}-a`, `${base}-b`]);
    }
  }
}
const list = path.join(dir, 'runs.json');
if (fs.existsSync(list)) {
  JSON.parse(fs.readFileSync(list)).forEach(runGraph);
}
console.log(`${files.length} modules, ${failures} failures`);
process.exit(failures ? 1 : 0);
