/* The guest's console as the page sees it: bytes out, bytes in, web streams, a terminal. */
import { WeftError, mustBeFunction, tellUncaught } from './errors.mjs';

const HISTORY = 1 << 16; // bytes kept for who comes first

export class WeftConsole {
  #post;
  #consumers = new Set();
  #history = [];
  #historySize = 0;
  #readable = null;
  #writable = null;
  #room = null;      // a promise while the guest takes no input
  #resume = null;
  #encoder = new TextEncoder();
  #closed = false;
  #onClose = new Set();

  constructor(post) {
    this.#post = post;
  }

  // ---- for weft.mjs ----

  async output_(data) {
    if (!this.#consumers.size) {
      this.#remember(data);
    }
    // A consumer that gives a promise holds the guest back when it is slow.
    await Promise.all([...this.#consumers].map((fn) => this.#give(fn, data)));
    this.#post({ type: 'taken', bytes: data.length });
  }

  async #give(fn, data) {
    try {
      await fn(data);
    } catch (e) {
      tellUncaught(e);
    }
  }

  inputFlow_(on) {
    if (on) {
      this.#resume?.();
      this.#room = this.#resume = null;
    } else {
      this.#room ??= new Promise((resolve) => { this.#resume = resolve; });
    }
  }

  close_() {
    this.#closed = true;
    this.inputFlow_(true);
    for (const fn of [...this.#onClose]) {
      try {
        fn();
      } catch (e) { // of a terminal that is not what it should be
        tellUncaught(e);
      }
    }
    this.#onClose.clear();
    this.#consumers.clear();
  }

  #whenClosed(fn) {
    if (this.#closed) {
      fn();
    } else {
      this.#onClose.add(fn);
    }
  }

  #remember(data) {
    this.#history.push(data);
    this.#historySize += data.length;
    while (this.#historySize - this.#history[0].length >= HISTORY) {
      this.#historySize -= this.#history.shift().length;
    }
  }

  // ---- public: see weft.d.ts ----

  write(data) {
    const bytes = this.#bytesOf(data);
    if (!this.#closed && bytes.length) {
      this.#post({ type: 'input', data: bytes }, [bytes.buffer]);
    }
    return this.#room ?? Promise.resolve();
  }

  #bytesOf(data) {
    if (typeof data === 'string') {
      return this.#encoder.encode(data);
    }
    if (data instanceof Uint8Array || data instanceof ArrayBuffer) {
      return new Uint8Array(data instanceof ArrayBuffer ? data.slice() : data); // a copy: it is handed over
    }
    throw new TypeError('console.write: a string, Uint8Array or ArrayBuffer is expected');
  }

  endInput() {
    this.#post({ type: 'endInput' });
  }

  onData(fn) {
    mustBeFunction(fn, 'what takes the output');
    this.#consumers.add(fn);
    for (const data of this.#history.splice(0)) {
      this.#give(fn, data);
    }
    this.#historySize = 0;
    return () => this.#consumers.delete(fn);
  }

  get readable() {
    return this.#readable ??= this.#makeReadable();
  }

  #makeReadable() {
    const waiting = []; // chunks that were more than the reader wanted
    let remove;
    const goOn = () => {
      for (const resolve of waiting.splice(0)) {
        resolve();
      }
    };
    return new ReadableStream({
      start: (controller) => {
        remove = this.onData((data) => {
          controller.enqueue(data);
          if (controller.desiredSize > 0) {
            return undefined;
          }
          return new Promise((resolve) => waiting.push(resolve));
        });
        this.#whenClosed(() => {
          goOn();
          try {
            controller.close();
          } catch {
            // The reader has cancelled it.
          }
        });
      },
      pull: goOn,
      cancel: () => {
        goOn();
        remove();
      },
    }, { highWaterMark: 16 });
  }

  get writable() {
    return this.#writable ??= new WritableStream({
      start: (controller) => {
        this.#whenClosed(() => controller.error(new WeftError('the machine has ended', 'ENDED')));
      },
      write: (chunk) => this.write(chunk),
      close: () => this.endInput(),
    });
  }

  attach(terminal) {
    const remove = this.onData((data) => new Promise((done) => terminal.write(data, done)));
    const typed = terminal.onData((text) => this.write(text));
    const binary = terminal.onBinary?.((text) =>
      this.write(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    const dispose = () => {
      this.#onClose.delete(dispose);
      remove();
      typed.dispose();
      binary?.dispose();
    };
    this.#whenClosed(dispose);
    return { dispose };
  }
}
