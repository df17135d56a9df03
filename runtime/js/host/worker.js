/*
 * The host worker: a machine's program, files and console. What Node's main thread is to the program
 * for Node.js, this worker is to one that a page embeds; the page only passes messages. A machine is
 * ended by terminating this worker and those of its threads.
 *
 * The page's side is runtime/js/weft.mjs, that of `thread` platform.mjs. Messages have a `type`:
 *
 *   to here     create, module, answer, chunk, input, endInput, request, stats, taken, readFile, thread
 *   from here   progress, ready, output, report, inputFlow, stats, file, exit, failed, thread
 */
const weftNode = typeof process === 'object' && process.versions?.node && !globalThis.WorkerGlobalScope
  ? process : null;
const weftThreads = weftNode?.getBuiltinModule('worker_threads');
const weftIsHost = weftThreads ? weftThreads.workerData === 'weft-host'
                               : globalThis.name === 'weft-host';

/* A thread's worker as the program knows it, under a number; the page has the worker itself. */
class WeftThreadWorker {
  static all = new Map();

  constructor(script, { name }) {
    this.id = WeftThreadWorker.all.size + 1;
    WeftThreadWorker.all.set(this.id, this);
    this.post({ name });
  }

  post(what) {
    globalThis.postMessage({ type: 'thread', id: this.id, ...what });
  }

  postMessage(data) { this.post({ data }); }
  terminate() { this.post({ end: true }); }
}

class WeftHostWorker {
  constructor() {
    this.files = new WeftFiles(weftNode?.getBuiltinModule('fs') ?? null);
    this.console = new WeftConsole((data) => this.post({ type: 'output', data }, [data.buffer]));
    this.program = null; // what the program gave us by attach()
    this.module = null;  // Emscripten's object
    this.turns = null;
    this.reportText = '';
    this.decoder = new TextDecoder();
    this.requests = [];  // that came before there was a program
    this.arriving = new Map(); // by path: files on their way
    this.packages = null;      // and packages, which say only then what their files are
    this.inputs = null;        // all of these
    this.feeds = new Map();    // by number: what the page reads
    this.compiled = new Promise((resolve) => { this.onModule = resolve; }); // by the page, or null
  }

  post(message, transfer = []) {
    (weftThreads?.parentPort ?? globalThis).postMessage(message, transfer);
  }

  // ---- what Module.weft is to host-web.js ----

  attach(program) {
    this.program = program;
    this.console.onRoom = () => {
      program.output();
      this.turns?.wake();
    };
    for (const call of this.requests.splice(0)) {
      call();
    }
  }

  ready(threads) {
    if (!threads) {
      this.turns = new WeftTurns((ms) => this.turn(ms), () => !this.console.full);
      this.turns.wake();
    }
    // Whoever hears it may read any of the files; if one does not come, create() says so. A guest that ends at once opens its
    // statistics before, for which it waits until this has been told.
    this.inputs.then(() => this.post({ type: 'ready' }), () => {});
  }

  turn(ms) {
    try {
      return this.program.turn(ms);
    } catch (e) {
      // 'unwind' is how the program ends: exit() has been called.
      if (e !== 'unwind') {
        this.failed(e);
      }
      return -1;
    }
  }

  exit(status) {
    if (this.turns) {
      this.turns.ended = true;
    }
    this.flush();
    this.post({ type: 'exit', status, files: this.files.written() });
  }

  inputFlow(on) {
    if (on !== this.flowing) {
      this.flowing = on;
      this.post({ type: 'inputFlow', on });
    }
  }

  // Settled when a file that is on its way is here; never if it does not come, which create() tells the page. Packages do
  // not have what we have made up names for.
  async arrival(path) {
    try {
      await (this.arriving.get(path) ?? (path.startsWith('/weft/') ? null : this.packages));
    } catch {
      await new Promise(() => {});
    }
  }

  open(path, mode) { return this.files.open(path, mode); }
  close(fd) { this.files.close(fd); }
  size(fd) { return this.files.size(fd); }
  read(fd, into, position) { return this.files.read(fd, into, position); }
  sync(fd) { return this.files.sync(fd); }

  write(fd, bytes, position) {
    if (fd === 1) {
      return this.console.write(bytes);
    }
    if (fd === 2) {
      this.report(this.decoder.decode(bytes, { stream: true }));
      return bytes.length;
    }
    return this.files.write(fd, bytes, position);
  }

  // Whole lines of what the program has to say, in one message: a log may be long.
  report(text) {
    const lines = (this.reportText + text).split('\n');
    this.reportText = lines.pop();
    // Paths that begin so are ours: whoever gave the files knows them by the last part.
    const texts = lines.map((line) =>
      line.replace(/^weft: /, '').replaceAll(/(?<![^\s'"=(])\/weft\/[^/ ']+\//g, ''));
    if (texts.length) {
      this.post({ type: 'report', texts });
    }
  }

  // Everything that the program has written, whoever takes it.
  flush() {
    this.console.unheld = true;
    this.program?.output();
    this.console.flush();
    if (this.reportText) {
      this.report('\n');
    }
  }

  failed(error) {
    this.flush();
    if (this.turns) {
      this.turns.ended = true;
    }
    const { message = String(error), code } = error ?? {};
    // A DOMException's code is a number.
    this.post({ type: 'failed', message, code: typeof code === 'string' ? code : undefined });
  }

  // ---- messages of the page ----

  async message(m) {
    try {
      if (m.type === 'create') {
        await this.create(m);
      } else if (m.type === 'module') {
        this.onModule(m.module);
      } else if (m.type === 'answer') {
        this.answer(m);
      } else if (m.type === 'chunk') {
        this.chunk(m);
      } else if (m.type === 'readFile') {
        this.readFile(m);
      } else if (m.type === 'thread') {
        this.threadSays(m);
      } else if (m.type === 'taken') {
        this.console.taken(m.bytes);
      } else if (this.program) {
        this.request(m);
      } else {
        this.requests.push(() => this.request(m));
      }
    } catch (e) {
      this.failed(e);
    }
  }

  // Whoever asks for something is not to wait for somebody to take what the guest prints.
  request(m) {
    if (m.type === 'request' || m.type === 'stats' && !m.patient) {
      this.console.unheld = true;
      this.program.output();
    }
    switch (m.type) {
      case 'input': this.program.push(m.data); break;
      case 'endInput': this.program.end(); break;
      case 'request': this.program.request(m.bits, m.instead); break;
      case 'stats': this.program.stats(); break;
    }
    this.turns?.wake();
  }

  // What the page reads: a stream, and for a download what fetch() said before. Made by who comes first, the data or who
  // wants it.
  feed(id) {
    if (!this.feeds.has(id)) {
      const made = {};
      made.stream = new ReadableStream({ start: (controller) => { made.controller = controller; } });
      made.answered = new Promise((resolve) => { made.answer = resolve; });
      made.answered.catch(() => {}); // whoever wants it hears of it, if only later
      this.feeds.set(id, made);
    }
    return this.feeds.get(id);
  }

  answer({ id, answer, error }) {
    const { stream, answer: tell } = this.feed(id);
    tell(error !== undefined ? Promise.reject(new Error(error)) : { ...answer, headers: new Headers(answer.headers), body: stream });
  }

  chunk({ id, data, error }) {
    const { controller } = this.feed(id);
    if (error !== undefined) {
      controller.error(new Error(error));
    } else if (data) {
      controller.enqueue(data);
    } else {
      controller.close();
    }
  }

  // What it has said before it failed has been dealt with by now.
  threadSays({ id, data, error }) {
    if (error) {
      throw new WeftError(error, 'WORKER');
    }
    WeftThreadWorker.all.get(id).onmessage({ data });
  }

  readFile({ id, path }) {
    try {
      this.post({ type: 'file', id, blob: this.files.contents(path) });
    } catch (e) {
      this.post({ type: 'file', id, error: e.message });
    }
  }

  // ---- start ----

  async create({ args, files, packages, statsPath, wasm, early, shared, memory64, maximum }) {
    this.files.onClosed.set(statsPath, (file) => this.tellStats(statsPath, file));
    const wasmMemory = this.memory(shared, memory64, maximum);
    for (const file of files) {
      this.arriving.set(file.path, this.fetchFile(file));
    }
    this.packages = Promise.all(packages.map((p) => this.fetchPackage(p)));
    this.inputs = Promise.all([...this.arriving.values(), this.packages]);
    const before = shared ? null : this.inputs;
    await Promise.all([this.inputs, this.start(this.compile(wasm, early), before, { arguments: args, wasmMemory })]);
  }

  // Everything while the inputs are on their way; main() when `before` is settled: without threads it cannot wait for them.
  start(compiled, before, more) {
    return new Promise((done, fail) => {
      // Kept for the same reason as machines in weft.mjs: all this waits for a worker that only the program knows.
      this.module = {
        ...more,
        weft: this,
        mainScriptUrlOrBlob: weftNode
          ? weftNode.getBuiltinModule('url').fileURLToPath(import.meta.url) : import.meta.url,
        instantiateWasm: (imports, instantiated) => {
          compiled.then(async (module) => instantiated(await WebAssembly.instantiate(module, imports), module))
            .catch(fail);
          return {};
        },
        preRun: () => {
          if (before) {
            this.module.addRunDependency('inputs');
            before.then(() => this.module.removeRunDependency('inputs'), fail);
          }
        },
        print: (text) => this.report(`${text}\n`),
        printErr: (text) => this.report(`${text}\n`),
        onAbort: (why) => this.failed(new WeftError(`the emulator has failed: ${why}`)),
      };
      WeftProgram(this.module).then(done, fail);
    });
  }

  // As much as the machine may need, less where the engine does not reserve that much.
  memory(shared, memory64, maximum) {
    const page = 65536;
    for (let pages = maximum / page; ; pages = Math.floor(pages / 2)) {
      const [initial, most] = [256, pages].map((n) => memory64 ? BigInt(n) : n);
      try {
        return new WebAssembly.Memory({ initial, maximum: most, shared,
                                        ...(memory64 && { address: 'i64' }) });
      } catch (e) {
        if (!(e instanceof RangeError) || pages < 4096) {
          throw new WeftError(`no memory for the machine: ${e.message}`, 'ENOMEM');
        }
      }
    }
  }

  tellStats(path, file) {
    const bytes = file.bytes.subarray(0, file.size);
    // What has been printed comes first: after reset() the console is that of the new boot.
    this.program.output();
    this.console.flush();
    this.console.unheld = false;
    this.post({ type: 'stats', stats: JSON.parse(new TextDecoder().decode(bytes)) });
    if (path.startsWith('/weft/')) {
      this.files.byPath.delete(path); // nobody else has asked for it
    } else if (weftNode) {
      try {
        this.files.system.writeFileSync(path, bytes);
      } catch (e) {
        this.report(`-jit-stats: cannot write ${path}: ${e.message}\n`);
      }
    }
  }

  progress(name, loaded, total) {
    this.post({ type: 'progress', name, loaded, total });
  }

  // early: the page tries.
  async compile(url, early) {
    if (weftNode && url.startsWith('file:')) {
      return WebAssembly.compile(weftNode.getBuiltinModule('fs').readFileSync(new URL(url)));
    }
    const module = early && await this.compiled;
    if (module) {
      return module;
    }
    const download = new WeftDownload(url, 'emulator', (...n) => this.progress('emulator', ...n));
    const bytes = await download.bytes();
    return WebAssembly.compile(bytes).catch((e) => {
      throw new WeftError(`emulator: ${url} is no WebAssembly module that this engine takes: ` +
                          e.message);
    });
  }

  async fetchFile({ path, name, source, once, unpack }) {
    let file = await this.load(source, name, once);
    if (unpack && file.bytes[0] === 0x1f && file.bytes[1] === 0x8b) {
      file = new WeftMemoryFile(await this.unpack(file.bytes, name));
    }
    this.files.add(path, file, once);
  }

  // Written by hand: a Blob to pipe from would be a copy.
  async unpack(bytes, name) {
    const stream = new DecompressionStream('gzip');
    const writer = stream.writable.getWriter();
    // What is wrong with the data is told to who reads.
    Promise.all([writer.write(bytes), writer.close()]).catch(() => {});
    try {
      return await this.loadStream(stream.readable);
    } catch (e) {
      throw new WeftError(`${name}: broken gzip data: ${e.message}`, 'EINVAL');
    }
  }

  async fetchPackage({ name, script, data, base }) {
    const text = new TextDecoder().decode((await this.load(script, name)).bytes);
    const facts = WeftPackage.metadata(text, name);
    const source = data ?? { url: new URL(WeftPackage.dataName(text, name), base).href };
    const { bytes } = await this.load(source, name, true);
    WeftPackage.addTo(this.files, facts, bytes, name);
  }

  // source: one of url, bytes, blob, stream; with a url maybe early. Stream and early are numbers of what the page reads.
  async load(source, name, whole = true) {
    if (source.blob && !whole && globalThis.FileReaderSync) {
      return new WeftBlobFile(source.blob);
    }
    return new WeftMemoryFile(await this.loadBytes(source, name));
  }

  async loadBytes({ url, early, bytes, blob, stream }, name) {
    if (url?.startsWith('file:')) {
      if (!weftNode) {
        throw new WeftError(`${name}: a page cannot read ${url}`, 'EACCES');
      }
      try {
        return new Uint8Array(this.files.system.readFileSync(new URL(url)));
      } catch (e) {
        throw new WeftError(`${name}: cannot read ${url}: ${e.message}`, e.code);
      }
    }
    if (url) {
      const begun = early === undefined ? null : this.feed(early).answered;
      return new WeftDownload(url, name, (...n) => this.progress(name, ...n), begun).bytes();
    }
    if (blob) {
      try {
        return new Uint8Array(await blob.arrayBuffer());
      } catch (e) { // as of a file that has changed since it was chosen
        throw new WeftError(`${name}: cannot read the file: ${e.message}`, 'EIO');
      }
    }
    if (stream !== undefined) {
      return this.loadStream(this.feed(stream).stream, name);
    }
    return new Uint8Array(bytes);
  }

  // All of a stream; with a name its progress is told.
  async loadStream(stream, name) {
    const chunks = [];
    let loaded = 0;
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (name) {
        this.progress(name, loaded + (value?.length ?? 0), done ? loaded : undefined);
      }
      if (done) {
        return WeftDownload.joined(chunks, loaded);
      }
      chunks.push(value);
      loaded += value.length;
    }
  }
}

if (weftIsHost) {
  const host = new WeftHostWorker();
  if (weftThreads) {
    weftThreads.parentPort.on('message', (m) => host.message(m));
  } else {
    globalThis.Worker = WeftThreadWorker;
    globalThis.addEventListener('message', (e) => host.message(e.data));
    globalThis.addEventListener('error', (e) => host.failed(new WeftError(e.message)));
    globalThis.addEventListener('unhandledrejection', (e) => host.failed(e.reason));
  }
}
