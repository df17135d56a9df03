// run-modules.mjs DIR: validates all modules of a directory, and runs those that test-linker.c made to be run:
// a TB that counts down and one that calls helpers go to each other, in one module or in two.
import fs from 'node:fs';
import path from 'node:path';

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
console.log(`${files.length} modules, ${failures} failures`);
process.exit(failures ? 1 : 0);
