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

/* A host worker: { post(message, transfer), terminate() }; calls on.message(data), on.error(error). */
export function startWorker(script, on) {
  if (node) {
    const { Worker } = node.getBuiltinModule('worker_threads');
    const worker = new Worker(script, { workerData: 'weft-host' });
    worker.on('message', on.message);
    worker.on('error', on.error);
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      terminate: () => worker.terminate(),
    };
  }
  const worker = new Worker(script, { type: 'module', name: 'weft-host' });
  worker.onmessage = (e) => on.message(e.data);
  worker.onerror = (e) => {
    e.preventDefault?.();
    on.error(new Error(e.message ||
      `the worker ${script} cannot be loaded: is the file there, served as text/javascript?`));
  };
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

/* The absolute address of what the user calls a file: in a page a URL, in Node.js also a path. */
export function resolveUrl(name) {
  if (!node) {
    return new URL(name, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  }
  if (/^(https?|file|data):/.test(name)) {
    return name;
  }
  return node.getBuiltinModule('url').pathToFileURL(name).href;
}
