/*
 * The main loop where there are no threads: turns of the program, each some ms long, between which
 * the worker's event loop takes messages. Asleep there is nothing but one timer.
 */
class WeftTurns {
  static TURN_MS = 10;
  static SHORTEST_MS = 1; // below, a timer of the engine's would be later than looking again

  constructor(turn, may) {
    this.turn = turn; // runs for so many ms; returns ms to wait, negative: until wake()
    this.may = may;   // false: something else must happen first, then wake() is called
    this.timer = null;
    this.due = false;
    this.ended = false;
    if (typeof setImmediate === 'function') {
      this.soon = () => setImmediate(() => this.run());
    } else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => this.run();
      this.soon = () => port2.postMessage(null);
    }
  }

  wake() {
    if (!this.due && !this.ended) {
      clearTimeout(this.timer);
      this.timer = null;
      this.due = true;
      this.soon();
    }
  }

  run() {
    this.due = false;
    if (this.ended || !this.may()) {
      return;
    }
    const wait = this.turn(WeftTurns.TURN_MS);
    if (this.ended) {
      return;
    }
    if (wait >= 0 && wait < WeftTurns.SHORTEST_MS) {
      this.wake();
    } else if (wait > 0) {
      // Not run() itself: a browser counts what timers of hidden pages take, and lets them wait for
      // minutes when it was much. Some weeks are the most that a timer takes.
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.wake(), Math.min(wait, 1e9));
    }
  }
}
