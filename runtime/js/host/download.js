/*
 * Downloads: a stream with progress, checked for its length. What breaks off goes on where it was
 * (Range) if the server can do that, else from the start; a server that is busy is asked again.
 */
class WeftDownload {
  static TRIES = 5;
  static FIRST_WAIT_MS = 250; // doubled each time
  static PROGRESS_MS = 20;    // between two calls of onProgress, and the last one

  // begun: a promise of the first attempt's answer, where somebody has asked already.
  constructor(url, what, onProgress, begun = null) {
    this.url = url;
    this.what = what;
    this.onProgress = onProgress;
    this.begun = begun;
    this.all = null;        // of the length that is announced, or
    this.chunks = [];       // where none is, what came
    this.received = 0;
    this.total = undefined; // unknown where the server compresses, or may do so
    this.likely = undefined; // the same where it may: to be shown
    this.tag = null;        // says whether a part belongs to what is here already
    this.ranges = false;
    this.cache = 'default';
    this.told = -Infinity;  // ms: when onProgress was called last
  }

  fail(why) {
    throw new WeftError(`${this.what}: cannot download ${this.url}: ${why}`, 'EIO');
  }

  // All of it as one array.
  async bytes() {
    for (let attempt = 1; ; attempt++) {
      const problem = await this.attempt();
      if (problem === null) {
        return this.all?.subarray(0, this.received) ?? WeftDownload.joined(this.chunks, this.received);
      }
      if (attempt === WeftDownload.TRIES) {
        this.fail(`${problem} (tried ${attempt} times)`);
      }
      await new Promise((done) => setTimeout(done, WeftDownload.FIRST_WAIT_MS * 2 ** (attempt - 1)));
    }
  }

  // Pieces of this length together.
  static joined(chunks, length) {
    if (chunks.length === 1) {
      return chunks[0];
    }
    const all = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  forget() {
    this.all = null;
    this.chunks = [];
    this.received = 0;
  }

  take(chunk) {
    const length = this.total ?? this.likely;
    if (length !== undefined && this.received + chunk.length <= length) {
      this.all ??= new Uint8Array(length);
      this.all.set(chunk, this.received);
    } else if (this.total === undefined) {
      if (this.all) { // longer than was likely
        this.chunks.push(this.all.subarray(0, this.received));
        this.all = null;
        this.likely = undefined;
      }
      this.chunks.push(chunk);
    }
    this.received += chunk.length; // more than was announced is told at the end
  }

  // null when complete; why it may help to try again; throws where it would not.
  async attempt() {
    const resume = this.received > 0 && this.ranges && this.tag !== null;
    if (!resume) {
      this.forget();
    }
    try {
      const headers = resume ? { Range: `bytes=${this.received}-`, 'If-Range': this.tag } : {};
      const asked = this.begun ?? fetch(this.url, { headers, cache: this.cache });
      this.begun = null;
      const response = await asked;
      if (resume && (response.status === 416 || response.status === 206 && !this.continues(response))) {
        const why = `the server does not go on after ${this.received} bytes`;
        await response.body?.cancel();
        this.forget();
        this.cache = 'reload'; // the browser would go on with what it has kept of it
        return why;
      }
      if (!response.ok) {
        const why = `HTTP status ${response.status} ${response.statusText}`.trim();
        if (response.status < 500 && response.status !== 408 && response.status !== 429) {
          this.fail(why);
        }
        return why;
      }
      if (resume && response.status !== 206) {
        this.forget();
      }
      this.inspect(response);
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          this.tellProgress(true);
          break;
        }
        this.take(value);
        this.tellProgress(false);
      }
    } catch (e) {
      if (e instanceof WeftError) {
        throw e;
      }
      return `${e.message} after ${this.received} bytes`;
    }
    if (this.total !== undefined && this.received !== this.total) {
      return `truncated: ${this.received} of ${this.total} bytes`;
    }
    return null;
  }

  // Whether it is of the same file, and of what is missing. Not all servers know If-Range.
  continues({ headers }) {
    const [, start, total] = headers.get('Content-Range')?.match(/^bytes (\d+)-\d+\/(\d+|\*)$/) ?? [];
    const tag = this.tagOf(headers);
    return Number(start) === this.received && (tag === null || tag === this.tag) &&
           (this.total === undefined || ['*', String(this.total)].includes(total));
  }

  // What tells two versions of a file apart to the byte.
  tagOf(headers) {
    const tag = headers.get('ETag');
    return tag && !tag.startsWith('W/') ? tag : headers.get('Last-Modified');
  }

  tellProgress(always) {
    const now = performance.now();
    if (always || now - this.told >= WeftDownload.PROGRESS_MS) {
      this.told = now;
      this.onProgress(this.received, this.total ?? (always ? this.received : this.likely));
    }
  }

  inspect(response) {
    const type = response.headers.get('Content-Type') ?? '';
    if (type.startsWith('text/html')) {
      this.fail('the server answers with an HTML page: is the address right?');
    }
    if (response.status === 206) {
      return;
    }
    const { headers } = response;
    const length = headers.has('Content-Length') ? Number(headers.get('Content-Length')) : undefined;
    const plain = !headers.has('Content-Encoding');
    // Another origin's Content-Length is told to us, that it is one of compressed bytes is not; nor may we ask it If-Range
    // without its leave.
    const foreign = response.type === 'cors' && !weftNode;
    this.total = plain && !foreign ? length : undefined;
    this.likely = plain && foreign ? length : undefined;
    this.tag = this.tagOf(headers);
    this.ranges = plain && !foreign && headers.get('Accept-Ranges') === 'bytes';
  }
}
