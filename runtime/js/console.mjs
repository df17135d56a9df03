/* The guest's console as the page sees it: bytes out, bytes in, web streams, a terminal. */

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
  #onClose = [];

  constructor(post) {
    this.#post = post;
  }

  // ---- for weft.mjs ----

  async output_(data) {
    if (!this.#consumers.size) {
      this.#remember(data);
    }
    // A consumer that gives a promise holds the guest back when it is slow.
    await Promise.allSettled([...this.#consumers].map((fn) => fn(data)));
    this.#post({ type: 'taken', bytes: data.length });
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
    for (const fn of this.#onClose.splice(0)) {
      fn();
    }
    this.#consumers.clear();
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
    const bytes = typeof data === 'string' ? this.#encoder.encode(data) : Uint8Array.from(data);
    if (!this.#closed && bytes.length) {
      this.#post({ type: 'input', data: bytes }, [bytes.buffer]);
    }
    return this.#room ?? Promise.resolve();
  }

  endInput() {
    this.#post({ type: 'endInput' });
  }

  onData(fn) {
    this.#consumers.add(fn);
    for (const data of this.#history.splice(0)) {
      fn(data);
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
        this.#onClose.push(() => {
          goOn();
          try {
            controller.close();
          } catch {
            // The reader has cancelled it.
          }
        });
        remove = this.onData((data) => {
          controller.enqueue(data);
          if (controller.desiredSize > 0) {
            return undefined;
          }
          return new Promise((resolve) => waiting.push(resolve));
        });
        if (this.#closed) {
          controller.close();
        }
      },
      pull: goOn,
      cancel: () => {
        goOn();
        remove();
      },
    }, { highWaterMark: 16 });
  }

  get writable() {
    return this.#writable ??= new WritableStream({ write: (chunk) => this.write(chunk) });
  }

  attach(terminal) {
    const remove = this.onData((data) => new Promise((done) => terminal.write(data, done)));
    const typed = terminal.onData((text) => this.write(text));
    const binary = terminal.onBinary?.((text) =>
      this.write(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    return {
      dispose: () => {
        remove();
        typed.dispose();
        binary?.dispose();
      },
    };
  }
}
