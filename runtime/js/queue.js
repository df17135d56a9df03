/*
 * HostShared (host-queue.h) as JavaScript sees it: console input in a ring of bytes, and words by
 * which this side tells the vCPU something. An Emscripten library (--js-library), for both hosts.
 *
 * Everything here runs on the thread of the program's event loop, which is the only producer.
 */
addToLibrary({
  $WeftQueue__deps: ['host_event'],
  $WeftQueue: {
    // Word indexes in HostShared.
    HEAD: 0, TAIL: 1, EOF: 2, FULL: 3, SIGNAL: 4, STATS: 5, REQUEST: 7,
    DATA: 32, // byte offset
    SIZE: 1 << 16,

    shared: 0,        // address of HostShared
    chunks: [],       // input that found no room in the ring yet
    ended: false,
    flow: (on) => {}, // asks who produces to go on or to wait

    load: (word) => Atomics.load(HEAP32, WeftQueue.shared / 4 + word),
    store: (word, value) => Atomics.store(HEAP32, WeftQueue.shared / 4 + word, value),

    tell(word, value) {
      WeftQueue.store(word, value);
      _host_event();
    },

    // Sets bits of the request word; those in `instead` are withdrawn.
    request(bits, instead) {
      Atomics.and(HEAP32, WeftQueue.shared / 4 + WeftQueue.REQUEST, ~instead);
      Atomics.or(HEAP32, WeftQueue.shared / 4 + WeftQueue.REQUEST, bits);
      _host_event();
    },

    push(chunk) {
      WeftQueue.chunks.push(chunk);
      WeftQueue.pump();
    },

    end() {
      if (!WeftQueue.ended) {
        WeftQueue.ended = true;
        WeftQueue.pump();
      }
    },

    // Moves input into the ring; stops the producer while there is more than it takes.
    pump() {
      const { load, store, HEAD, TAIL, FULL, SIZE } = WeftQueue;
      const data = WeftQueue.shared + WeftQueue.DATA;
      let moved = false;
      while (WeftQueue.chunks.length) {
        const chunk = WeftQueue.chunks[0];
        const head = load(HEAD) >>> 0;
        const room = SIZE - ((head - load(TAIL)) >>> 0);
        if (!room) {
          store(FULL, 1);
          // It may have been emptied just before: then nobody will call again.
          if (((head - load(TAIL)) >>> 0) === SIZE) {
            break;
          }
          continue;
        }
        const at = head % SIZE;
        const n = Math.min(room, SIZE - at, chunk.length);
        HEAPU8.set(chunk.subarray(0, n), data + at);
        store(HEAD, (head + n) | 0);
        moved = true;
        if (n === chunk.length) {
          WeftQueue.chunks.shift();
        } else {
          WeftQueue.chunks[0] = chunk.subarray(n);
        }
      }
      if (WeftQueue.chunks.length) {
        WeftQueue.flow(false);
      } else if (WeftQueue.ended) {
        store(WeftQueue.EOF, 1);
        moved = true;
      } else {
        WeftQueue.flow(true);
      }
      if (moved) {
        _host_event();
      }
    },
  },

  weft_js_console_resume__deps: ['$WeftQueue'],
  weft_js_console_resume__proxy: 'async',
  weft_js_console_resume__sig: 'v',
  weft_js_console_resume: () => WeftQueue.pump(),
});
