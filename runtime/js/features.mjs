/*
 * What the engine must have, what it may have, and since which browsers. Every other file asks here:
 * a missing feature is named before anything is downloaded.
 */
import { WeftError } from './errors.mjs';

/* Modules of a few bytes that only an engine with the feature accepts. */
const PROBES = {
  // (func return_call 0)
  tailCalls: [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 0x0b],
  // (func try end)
  exceptions: [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 0x40, 0x19, 0x0b, 0x0b],
  // (memory i64 1)
  memory64: [5, 3, 1, 4, 1],
  // (memory 1) (func (drop (i32.atomic.load (i32.const 0))))
  atomics: [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1,
            10, 11, 1, 9, 0, 0x41, 0, 0xfe, 0x10, 2, 0, 0x1a, 0x0b],
};

const NAMES = {
  wasm: 'WebAssembly',
  moduleWorkers: 'module workers',
  tailCalls: 'WebAssembly tail calls',
  exceptions: 'WebAssembly exception handling',
  atomics: 'WebAssembly atomics',
  memory64: 'WebAssembly memory64',
  threads: 'shared memory (the page must be cross-origin isolated: headers ' +
           'Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)',
};

const SINCE = {
  wasm: 'Chrome 57, Firefox 52, Safari 11',
  moduleWorkers: 'Chrome 80, Firefox 114, Safari 15',
  tailCalls: 'Chrome 112, Firefox 121, Safari 18.2',
  exceptions: 'Chrome 95, Firefox 100, Safari 15.2',
  atomics: 'Chrome 74, Firefox 79, Safari 14.1',
  memory64: 'Chrome 133, Firefox 134',
  threads: 'Chrome 92, Firefox 79, Safari 15.2',
};

function accepts(probe) {
  return WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...probe]));
}

function hasModuleWorkers() {
  if (globalThis.process?.versions?.node) {
    return true;
  }
  let asked = false;
  try {
    // The engine looks at the option before the address, which it does not take.
    new Worker('blob://', { get type() { asked = true; return 'module'; } }).terminate();
  } catch {}
  return asked;
}

/* What this engine has, by the names of SINCE. */
export function detectFeatures() {
  const wasm = typeof WebAssembly === 'object';
  const features = { wasm, moduleWorkers: hasModuleWorkers() };
  for (const [name, probe] of Object.entries(PROBES)) {
    features[name] = wasm && accepts(probe);
  }
  features.threads = features.atomics && typeof SharedArrayBuffer === 'function' &&
                     globalThis.crossOriginIsolated !== false;
  return features;
}

/* The build to use, { threads, memory64 }. Throws where a feature is missing, and names it. */
export function chooseBuild(wanted, features = detectFeatures()) {
  const needed = ['wasm', 'moduleWorkers', 'tailCalls', 'exceptions', 'atomics'];
  if (wanted.memory64) {
    needed.push('memory64');
  }
  if (wanted.threads) {
    needed.push('threads');
  }
  const missing = needed.filter((name) => !features[name]);
  if (missing.length) {
    const texts = missing.map((name) => `${NAMES[name]} (since ${SINCE[name]})`);
    const error = new WeftError(`this browser lacks ${texts.join('; ')}`, 'MISSING_FEATURE');
    error.features = missing;
    throw error;
  }
  return { threads: wanted.threads ?? features.threads, memory64: Boolean(wanted.memory64) };
}
