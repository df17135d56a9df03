/*
 * The ring in which the vCPU's thread leaves what the guest prints (HostOutput in host-js.c), as the host worker sees it,
 * which is the only consumer. An Emscripten library (--js-library).
 */
addToLibrary({
  $WeftOutput: {
    // Word indexes in HostOutput.
    HEAD: 0, TAIL: 1, TOLD: 2,
    DATA: 16, // byte offset
    SIZE: 1 << 13, // little: the guest goes on until it is full when the console is

    REST_MS: 16, // between two looks: to wake this side takes time of the vCPU's thread

    ring: 0,     // address of HostOutput
    timer: null, // ends the rest; TOLD is set until then

    setTold(value) {
      Atomics.store(HEAP32, WeftOutput.ring / 4 + WeftOutput.TOLD, value);
    },

    // The vCPU's thread has put something in, or the console has room again.
    onOutput() {
      WeftOutput.take();
      if (!Module['weft'].console.full) {
        WeftOutput.timer ??= setTimeout(WeftOutput.onRested, WeftOutput.REST_MS);
      }
    },

    onRested() {
      WeftOutput.timer = null;
      WeftOutput.setTold(0); // before the look: of what comes after it we are told
      if (WeftOutput.take()) {
        WeftOutput.setTold(1);
        WeftOutput.onOutput();
      }
    },

    // Gives the console what is there now, as far as it has room; false if there was nothing. Nobody tells us of more while
    // it is full: whoever makes room calls onOutput().
    take() {
      const { HEAD, TAIL, DATA, SIZE, ring } = WeftOutput;
      const word = ring / 4;
      const out = Module['weft'].console;
      const head = Atomics.load(HEAP32, word + HEAD) >>> 0;
      let tail = Atomics.load(HEAP32, word + TAIL) >>> 0;
      const some = tail !== head;
      while (tail !== head && !out.full) {
        const at = tail % SIZE;
        const n = Math.min((head - tail) >>> 0, SIZE - at);
        out.write(HEAPU8.slice(ring + DATA + at, ring + DATA + at + n));
        tail = (tail + n) >>> 0;
        Atomics.store(HEAP32, word + TAIL, tail);
        Atomics.notify(HEAP32, word + TAIL); // the vCPU's thread, if it waits for room
      }
      return some;
    },
  },
});
