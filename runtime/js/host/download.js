/*
 * Downloads: a stream with progress, checked for its length. What breaks off goes on where it was
 * (Range) if the server can do that, else from the start; a server that is busy is asked again.
 */
class WeftDownload {
  static TRIES = 5;
  static FIRST_WAIT_MS = 250; // doubled each time
  static PROGRESS_MS = 20;    // between two calls of onProgress, and the last one

  constructor(url, what, onProgress) {
    this.url = url;
    this.what = what;
    this.onProgress = onProgress;
    this.all = null;        // of the length that is announced, or
    this.chunks = [];       // where none is, what came
    this.received = 0;
    this.total = undefined; // unknown where the server compresses
    this.tag = null;        // says whether a part belongs to what is here already
    this.ranges = false;
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
        return this.all ?? WeftDownload.joined(this.chunks, this.received);
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
    if (this.total === undefined) {
      this.chunks.push(chunk);
    } else if (this.received + chunk.length <= this.total) {
      this.all ??= new Uint8Array(this.total);
      this.all.set(chunk, this.received);
    }
    this.received += chunk.length; // more than was announced is told at the end
  }

  // null when complete; why it may help to try again; throws where it would not.
  async attempt() {
    const resume = this.received > 0 && this.ranges && this.tag;
    if (!resume) {
      this.forget();
    }
    try {
      const headers = resume ? { Range: `bytes=${this.received}-`, 'If-Range': this.tag } : {};
      const response = await fetch(this.url, { headers });
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

  tellProgress(always) {
    const now = performance.now();
    if (always || now - this.told >= WeftDownload.PROGRESS_MS) {
      this.told = now;
      this.onProgress(this.received, this.total);
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
    const length = response.headers.get('Content-Length');
    const plain = !response.headers.get('Content-Encoding');
    this.total = plain && length !== null ? Number(length) : undefined;
    const tag = response.headers.get('ETag');
    this.tag = tag && !tag.startsWith('W/') ? tag : response.headers.get('Last-Modified');
    this.ranges = plain && response.headers.get('Accept-Ranges') === 'bytes';
  }
}
