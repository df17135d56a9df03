/*
 * Weft for pages and for scripts of Node.js: a machine is an object. Types and what everything
 * means: weft.d.ts. The emulator runs in a worker (host/worker.js); here are only its messages.
 */
import { WeftConsole } from './console.mjs';
import { WeftError, mustBeFunction, tellUncaught } from './errors.mjs';
import { chooseBuild, detectFeatures } from './features.mjs';
import { EarlyFetch, StreamFeed } from './feeds.mjs';
import { planOf, sourcesOf, transferOf } from './inputs.mjs';
import { compileEarly, fetchesEarly, programOf, resolveUrl, startWorker } from './platform.mjs';

export { WeftError, detectFeatures };

const REQUEST = { pause: 1, resume: 2, reset: 4, quit: 8 }; // host.h's HostRequest
const EVENTS = ['ready', 'exit', 'stats', 'panic', 'report', 'error'];
const PANIC = 'Kernel panic - not syncing';
const REPORTS = 1000; // messages that are kept for the end

// Until they end: a machine that only its own worker reaches must not be taken for garbage.
const machines = new Set();

export class Weft {
  #worker = null;
  #listeners = new Map();
  #onProgress;
  #started;            // settles Weft.create()
  #exit;               // resolves `exited`
  #ended = false;
  #statsWaiting = [];  // resolvers of who waits for the answer that is under way
  #statsNext = [];     // and of who asked since: they want a later one
  #statsTimer = null;
  #reads = new Map();
  #left = new Map();   // by path: files that the machine had written when it ended
  #feeds = [];         // of inputs that are read here, by number
  #over = new AbortController(); // tells what is being fetched here that the machine has ended
  #reports = [];
  #tail = '';
  #decoder = new TextDecoder();

  static async create(options = {}) {
    const vm = new Weft();
    await vm.#start(options);
    return vm;
  }

  async #start(options) {
    const plan = planOf(options);
    this.build = chooseBuild(options);
    const { script, wasm } = programOf(this.build);
    this.#onProgress = options.onProgress;
    this.exited = new Promise((resolve) => { this.#exit = resolve; });
    this.console = new WeftConsole((message, transfer) => this.#post(message, transfer));
    options.signal?.throwIfAborted();
    machines.add(this);
    const aborted = () => this.#fail(options.signal.reason);
    options.signal?.addEventListener('abort', aborted);
    this.exited.then(() => options.signal?.removeEventListener('abort', aborted));
    await new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      try {
        this.#worker = startWorker(script, {
          message: (m) => this.#message(m),
          error: (e) => this.#fail(new WeftError(e.message, 'WORKER')),
        }, this.build);
        this.#feed(plan, resolveUrl(wasm.href));
      } catch (e) { // as a stream that somebody else reads
        this.#fail(e);
      }
    });
    if (options.statsInterval && !this.#ended) {
      this.#statsTimer = setInterval(() => this.#statsTick(), options.statsInterval);
      this.#statsTimer.unref?.();
    }
  }

  /* Gives the host worker what the machine is, and begins to read what need not wait until that worker runs. */
  #feed({ streams, ...plan }, wasm) {
    const post = (message, transfer) => this.#post(message, transfer);
    for (const stream of streams) {
      this.#feeds.push(new StreamFeed(this.#feeds.length, stream, post));
    }
    for (const source of sourcesOf(plan).filter(({ url }) => fetchesEarly(url))) {
      source.early = this.#feeds.length;
      this.#feeds.push(new EarlyFetch(source.early, source.url, this.#over.signal, post));
    }
    const { memory64, threads } = this.build;
    const early = fetchesEarly(wasm);
    if (early) {
      compileEarly(wasm, this.#over.signal).then((module) => post({ type: 'module', module }));
    }
    post({ type: 'create', ...plan, wasm, early, shared: threads, memory64 }, transferOf(plan));
    for (const feed of this.#feeds) {
      feed.run().catch((e) => this.#fail(e));
    }
  }

  #post(message, transfer) {
    this.#worker?.post(message, transfer);
  }

  // ---- messages of the host worker ----

  #message(m) {
    switch (m.type) {
      case 'progress':
        this.#onProgress?.({ name: m.name, loaded: m.loaded, total: m.total });
        break;
      case 'ready':
        this.#started.resolve();
        // Who awaits create() has had the time to listen.
        setTimeout(() => this.#ended || this.#emit('ready', {}), 0);
        break;
      case 'output':
        this.#lookForPanic(m.data);
        this.console.output_(m.data);
        break;
      case 'report': this.#onReport(m.texts); break;
      case 'inputFlow': this.console.inputFlow_(m.on); break;
      case 'stats': this.#onStats(m.stats); break;
      case 'file': this.#onFile(m); break;
      case 'exit': this.#onExit(m); break;
      case 'failed': this.#fail(new WeftError(m.message, m.code ?? 'FAILED')); break;
    }
  }

  #onStats(stats) {
    const waiting = this.#statsWaiting;
    this.#statsWaiting = this.#statsNext;
    this.#statsNext = [];
    if (this.#statsWaiting.length) {
      this.#post({ type: 'stats' });
    }
    for (const { resolve } of waiting) {
      resolve(stats);
    }
    this.lastStats = stats;
    this.#emit('stats', stats);
  }

  #onReport(texts) {
    // All of them at the machine's end would be a log's memory for ever.
    this.#reports = [...this.#reports, ...texts].slice(-REPORTS);
    for (const text of texts) {
      if (this.#ended) { // a listener has seen to it
        return;
      }
      this.#emit('report', { text });
    }
  }

  #onFile({ id, blob, error }) {
    const { resolve, reject } = this.#reads.get(id);
    this.#reads.delete(id);
    if (error) {
      reject(new WeftError(error, 'ENOENT'));
    } else {
      resolve(blob);
    }
  }

  #onExit({ status, files }) {
    if (this.#ended) {
      return;
    }
    this.#left = files;
    for (const { path, resolve } of this.#reads.values()) { // who is not in `files` is rejected below
      if (files.has(path)) {
        resolve(files.get(path));
      }
    }
    if (status) {
      this.#started.reject(new WeftError(this.#reports.join('\n') || `status ${status}`, 'EXIT'));
    } else {
      this.#started.resolve();
    }
    this.#end({ status, reports: this.#reports });
  }

  // reason: of an abort it may be anything.
  #fail(reason) {
    if (this.#ended) {
      return;
    }
    const error = reason instanceof Error ? reason : new WeftError(String(reason), 'ABORTED');
    this.#started.reject(reason);
    this.#emit('error', error);
    this.#end({ status: 1, reports: [...this.#reports, error.message].slice(-REPORTS), error });
  }

  #lookForPanic(data) {
    const text = this.#tail + this.#decoder.decode(data, { stream: true });
    const at = text.indexOf(PANIC);
    const line = at < 0 ? -1 : text.indexOf('\n', at);
    if (line >= 0) {
      this.#emit('panic', { message: text.slice(at, line).trim() });
    }
    // What may be the beginning of it; a line that is not whole yet with it.
    this.#tail = at >= 0 && line < 0 ? text.slice(at) : text.slice(-PANIC.length + 1);
  }

  #end(exit) {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    machines.delete(this);
    clearInterval(this.#statsTimer);
    const stopped = this.#worker?.terminate();
    this.#worker = null;
    this.#over.abort();
    for (const feed of this.#feeds.splice(0)) {
      feed.cancel();
    }
    this.console.close_();
    const gone = new WeftError('the machine has ended', 'ENDED');
    for (const { reject } of [...this.#statsWaiting, ...this.#statsNext, ...this.#reads.values()]) {
      reject(gone);
    }
    this.#exit(exit);
    this.#emit('exit', exit);
    return stopped;
  }

  // ---- events ----

  on(name, listener) {
    if (!EVENTS.includes(name)) {
      throw new TypeError(`there is no event '${name}' (there are ${EVENTS.join(', ')})`);
    }
    mustBeFunction(listener, `what listens to '${name}'`);
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => this.off(name, listener);
  }

  off(name, listener) {
    this.#listeners.get(name)?.delete(listener);
  }

  #emit(name, event) {
    for (const listener of [...this.#listeners.get(name) ?? []]) {
      try {
        listener(event);
      } catch (e) {
        tellUncaught(e);
      }
    }
  }

  // ---- what can be done with a machine ----

  get running() {
    return !this.#ended;
  }

  #request(name, instead = 0) {
    this.#mustRun();
    this.#post({ type: 'request', bits: REQUEST[name], instead });
  }

  #mustRun() {
    if (this.#ended) {
      throw new WeftError('the machine has ended', 'ENDED');
    }
  }

  // Statistics are answered after requests: when they are here, it is done.
  async pause() {
    this.#request('pause', REQUEST.resume);
    await this.stats();
  }

  async resume() {
    this.#request('resume', REQUEST.pause);
    await this.stats();
  }

  async reset() {
    this.#request('reset');
    await this.stats();
  }

  async powerDown() {
    if (!this.#ended) {
      this.#request('quit');
    }
    return this.exited;
  }

  async stats() {
    this.#mustRun();
    return this.#ask(false);
  }

  // patient: nothing is done for an answer while the guest stands still because nobody takes its output.
  #ask(patient) {
    return new Promise((resolve, reject) => {
      if (!this.#statsWaiting.length) {
        this.#statsWaiting.push({ resolve, reject });
        this.#post({ type: 'stats', patient });
      } else {
        this.#statsNext.push({ resolve, reject });
        this.#post({ type: 'request', bits: 0, instead: 0 }); // who waits may have been patient
      }
    });
  }

  #statsTick() {
    if (!this.#statsWaiting.length) {
      this.#ask(true).catch(() => {});
    }
  }

  async readFile(path) {
    if (this.#left.has(path)) {
      return this.#left.get(path);
    }
    this.#mustRun();
    return new Promise((resolve, reject) => {
      const id = Math.random();
      this.#reads.set(id, { path, resolve, reject });
      this.#post({ type: 'readFile', id, path });
    });
  }

  async dispose() {
    this.#left = new Map();
    await this.#end({ status: 0, reports: this.#reports, disposed: true });
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.dispose();
  }
}
