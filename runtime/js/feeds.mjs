/*
 * What the page reads for the host worker, which keeps all of it: streams, and downloads that begin before that worker
 * runs. Messages to it: `answer` and `chunk`, with the number of the feed.
 */
import { WeftError } from './errors.mjs';

class Feed {
  #id;
  #post;
  #reader = null;

  constructor(id, post) {
    this.#id = id;
    this.#post = post;
  }

  /* what: the rest of the message. */
  post(type, what, transfer) {
    this.#post({ type, id: this.#id, ...what }, transfer);
  }

  open(stream) {
    this.#reader = stream.getReader();
  }

  /* Passes on chunks until the end. ours(value): an array with a buffer that may be given away; failed(e): what to throw. */
  async pass(ours, failed) {
    for (;;) {
      const { done, value } = await this.#reader.read().catch((e) => { throw failed(e); });
      if (done) {
        this.post('chunk', {});
        return;
      }
      const data = ours(value);
      this.post('chunk', { data }, [data.buffer]);
    }
  }

  /* Whatever comes of it: nobody waits for the rest. */
  cancel() {
    this.#reader?.cancel().catch(() => {});
  }
}

/*
 * An input that is a stream. Read here and not there, since not every browser passes streams to a worker, and the stream
 * of a machine that has ended is to be cancelled.
 */
export class StreamFeed extends Feed {
  #what;

  constructor(id, { stream, what }, post) {
    super(id, post);
    this.#what = what;
    try {
      this.open(stream);
    } catch (e) {
      throw new TypeError(`Weft.create: ${what}: ${e.message}`);
    }
  }

  async run() {
    await this.pass((value) => {
      if (!(value instanceof Uint8Array)) {
        throw new TypeError(`Weft.create: ${this.#what}: the stream must be one of Uint8Array`);
      }
      return new Uint8Array(value); // its buffer may have more in it
    }, (e) => new WeftError(`${this.#what}: the stream has failed: ${e?.message ?? e}`, 'EIO'));
  }
}

/*
 * The first attempt at a download. Never rejects: what comes of it, an answer and its bytes or why there is none, is for
 * the host worker to judge (host/download.js), which makes all further ones.
 */
export class EarlyFetch extends Feed {
  #url;
  #signal;

  /* signal: of the machine's end. */
  constructor(id, url, signal, post) {
    super(id, post);
    this.#url = url;
    this.#signal = signal;
  }

  async run() {
    let answered = false;
    try {
      const { ok, status, statusText, type, headers, body } = await fetch(this.#url, { signal: this.#signal });
      answered = true;
      this.post('answer', { answer: { ok, status, statusText, type, headers: [...headers] } });
      if (!ok) {
        await body?.cancel();
        return;
      }
      this.open(body);
      await this.pass((value) => value, (e) => e);
    } catch (e) {
      this.post(answered ? 'chunk' : 'answer', { error: e?.message || String(e) });
    }
  }
}
