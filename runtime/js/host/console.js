/* The console's output on its way to the page: gathered for some ms, held back when nobody takes it. */
class WeftConsole {
  static GATHER_MS = 8;
  static MOST_PENDING = 1 << 20; // bytes that were sent and not taken yet

  constructor(send) {
    this.send = send; // with a Uint8Array
    this.chunks = [];
    this.gathered = 0;
    this.pending = 0;
    this.unheld = false; // what the guest prints is taken, however much waits
    this.last = -Infinity;
    this.timer = null;
    this.onRoom = () => {};
  }

  get full() {
    return !this.unheld && this.pending >= WeftConsole.MOST_PENDING;
  }

  write(bytes) {
    this.chunks.push(bytes);
    this.gathered += bytes.length;
    this.pending += bytes.length;
    if (this.gathered >= 1 << 16 || performance.now() - this.last >= WeftConsole.GATHER_MS) {
      this.flush();
    } else {
      this.timer ??= setTimeout(() => this.flush(), WeftConsole.GATHER_MS);
    }
    return bytes.length;
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.gathered) {
      return;
    }
    const all = new Uint8Array(this.gathered);
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.chunks = [];
    this.gathered = 0;
    this.last = performance.now();
    this.send(all);
  }

  // The page has taken so many bytes.
  taken(n) {
    const full = this.full;
    this.pending -= n;
    if (full && !this.full) {
      this.onRoom();
    }
  }
}
