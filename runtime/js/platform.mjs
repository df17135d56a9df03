/* What differs between a page and Node.js for those who embed a machine: workers and addresses. */

const node = globalThis.process?.versions?.node ? globalThis.process : null;

/*
 * The programs: scripts of host workers, and their WebAssembly. As bundlers know it, a file named
 * like this is copied, and the name replaced by its place.
 */
const PROGRAMS = {
  threads: [new URL('./weft-threads.mjs', import.meta.url),
            new URL('./weft-threads.wasm', import.meta.url)],
  single: [new URL('./weft-single.mjs', import.meta.url),
           new URL('./weft-single.wasm', import.meta.url)],
  threads64: [new URL('./weft64-threads.mjs', import.meta.url),
              new URL('./weft64-threads.wasm', import.meta.url)],
  single64: [new URL('./weft64-single.mjs', import.meta.url),
             new URL('./weft64-single.wasm', import.meta.url)],
};

/*
 * Vite's server for development moves modules of packages to a cache, without the files that they
 * name: those are where the package is.
 */
function unmoved(url) {
  return new URL(url.href.replace(/\/node_modules\/\.vite\/deps\/([^?]*).*/, '/node_modules/weft/$1'));
}

export function programOf({ threads, memory64 }) {
  const program = PROGRAMS[(threads ? 'threads' : 'single') + (memory64 ? '64' : '')];
  if (!program) {
    throw new TypeError('Weft.create: this package was made without the builds for memory64');
  }
  const [script, wasm] = program.map(unmoved);
  return { script, wasm };
}

/*
 * A host worker: { post(message, transfer), terminate() }; calls on.message(data), on.error(error).
 * terminate() ends its threads as well. threads: the program will start some.
 */
export function startWorker(script, on, { threads = false } = {}) {
  return node ? startNodeWorker(script, on) : startPageWorker(script, on, threads);
}

function startNodeWorker(script, on) {
  const { Worker } = node.getBuiltinModule('worker_threads');
  const worker = new Worker(script, { workerData: 'weft-host' });
  worker.on('message', on.message);
  worker.on('error', on.error);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

const THREAD = 'em-pthread'; // by this name Emscripten's programs know that they are a thread

/* A worker of the page: what goes wrong with it is told to who listens, even if that is later. */
function pageWorker(script, name) {
  const worker = new Worker(script, { type: 'module', name });
  const failure = new Promise((resolve) => {
    worker.onerror = (e) => {
      e.preventDefault?.();
      resolve(e.message ? `the worker ${script} has failed: ${e.message}` :
        `the worker ${script} cannot be loaded: is the file there, served as text/javascript?`);
    };
  });
  worker.listen = (onmessage, onerror) => {
    worker.onmessage = (e) => onmessage(e.data);
    failure.then(onerror);
  };
  return worker;
}

/*
 * The page makes the threads' workers, too, and passes on what they and the host worker say to each
 * other: how they start, and without Atomics.waitAsync also that a call waits. In Firefox,
 * `new Worker` in a worker did now and then not return (seen under WebDriver only): who waited there
 * and another worker waited for the same condition.
 */
function startPageWorker(script, on, threads) {
  const host = pageWorker(script, 'weft-host');
  let spare = threads ? pageWorker(script, THREAD) : null; // the first thread's: it loads while the program does
  const workers = new Map(); // by the host worker's number of a thread
  host.listen((m) => {
    if (m.type !== 'thread') {
      on.message(m);
    } else if (m.end) {
      workers.get(m.id)?.terminate();
      workers.delete(m.id);
    } else if (m.name) {
      const worker = m.name === THREAD && spare ? spare : pageWorker(script, m.name);
      spare = worker === spare ? null : spare;
      workers.set(m.id, worker);
      const tell = (what) => host.postMessage({ type: 'thread', id: m.id, ...what });
      worker.listen((data) => tell({ data }), (error) => tell({ error }));
    } else {
      workers.get(m.id)?.postMessage(m.data);
    }
  }, (error) => on.error(new Error(error)));
  return {
    post: (message, transfer) => host.postMessage(message, transfer),
    terminate: () => {
      for (const worker of [host, spare, ...workers.values()]) {
        worker?.terminate();
      }
      workers.clear();
    },
  };
}

/* Whether the page begins this download while workers start. Those of Node.js take less time than that. */
export function fetchesEarly(url) {
  return !node && url !== undefined && !url.startsWith('file:');
}

/*
 * The emulator's module; null where the host worker is to find it, or why it does not come. As a stream, where the server
 * says that it is WebAssembly: engines keep its code then.
 */
export async function compileEarly(url, signal) {
  try {
    const response = await fetch(url, { signal });
    if (response.ok && response.headers.get('Content-Type') === 'application/wasm') {
      return await WebAssembly.compileStreaming(response);
    }
    await response.body?.cancel();
  } catch {
    // Broken off, or no WebAssembly: the host worker tells which.
  }
  return null;
}

/* The absolute address of what the user calls a file: in a page a URL, in Node.js also a path. */
export function resolveUrl(name) {
  if (!node) {
    return new URL(name, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  }
  if (/^(https?|file|data):/.test(name)) {
    return new URL(name).href;
  }
  return node.getBuiltinModule('url').pathToFileURL(name).href;
}
