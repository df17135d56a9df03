/*
 * The host of a machine that a page or a script embeds, for host-js.c. An Emscripten library
 * (--js-library).
 *
 * All of it runs in the host worker (host/worker.js), which owns files and console and has given
 * them to the program as Module.weft. In the build with threads the vCPU is in a worker of its own
 * and comes here by __proxy, in the order of the calls, waiting only for results and the end; in
 * the other one there is only this worker.
 *
 * Pointers arrive as numbers, both with and without memory64 ('p' in __sig).
 */
addToLibrary({
  $WeftEmbed__deps: ['$ERRNO_CODES'],
  $WeftEmbed: {
    // What a function gives, or the negative errno of the error that it throws.
    result(fn) {
      try {
        return fn(Module['weft']);
      } catch (e) {
        return -(ERRNO_CODES[e.code] ?? ERRNO_CODES.EIO);
      }
    },
  },

  weft_js_init__deps: ['$WeftQueue', '$WeftOutput', 'weft_turn'],
  weft_js_init__proxy: 'async',
  weft_js_init__sig: 'vpp',
  weft_js_init: (shared, output) => {
    WeftQueue.shared = shared;
    WeftOutput.ring = output;
    WeftQueue.flow = (on) => Module['weft'].inputFlow(on);
    Module['weft'].attach({
      push: WeftQueue.push,
      end: WeftQueue.end,
      request: WeftQueue.request,
      stats: () => WeftQueue.tell(WeftQueue.STATS, 1),
      output: () => WeftOutput.onOutput(),
      turn: (ms) => _weft_turn(ms),
    });
  },

  weft_js_may_block__sig: 'i',
  weft_js_may_block: () => {{{ PTHREADS ? 1 : 0 }}},

  // The host worker serves files and console, for which the vCPU waits.
  weft_js_can_defer__sig: 'i',
  weft_js_can_defer: () => 0,
  weft_js_defer__sig: 'vpp',
  weft_js_defer: (fn, opaque) => {},

  weft_js_ready__proxy: 'async',
  weft_js_ready__sig: 'v',
  weft_js_ready: () => Module['weft'].ready({{{ PTHREADS ? 'true' : 'false' }}}),

  weft_js_exit__proxy: 'sync',
  weft_js_exit__sig: 'vi',
  weft_js_exit: (status) => {
    Module['weft'].exit(status);
#if !PTHREADS
    throw 'unwind';
#endif
  },

  weft_js_queues_output__sig: 'i',
  weft_js_queues_output: () => {{{ PTHREADS ? 1 : 0 }}},
  weft_js_output__deps: ['$WeftOutput'],
  weft_js_output__proxy: 'async',
  weft_js_output__sig: 'v',
  weft_js_output: () => WeftOutput.onOutput(),

  weft_js_console_start__sig: 'vi',
  weft_js_console_start: (mode) => {},
  weft_js_console_stop__sig: 'v',
  weft_js_console_stop: () => {},

  // Files. Results: what the C side documents, or a negative errno of Emscripten's.

  // A thread waits for a file that is on its way.
  weft_js_open__deps: ['$WeftEmbed', '$UTF8ToString'],
  weft_js_open__proxy: 'sync',
#if PTHREADS
  weft_js_open__async: true,
#endif
  weft_js_open__sig: 'ipi',
  weft_js_open: (path, mode) => {
    const name = UTF8ToString(path);
    const open = () => WeftEmbed.result((host) => host.open(name, mode));
    return {{{ PTHREADS ? "Module['weft'].arrival(name).then(open)" : 'open()' }}};
  },

  weft_js_close__proxy: 'async',
  weft_js_close__sig: 'vi',
  weft_js_close: (fd) => Module['weft'].close(fd),

  weft_js_size__deps: ['$WeftEmbed'],
  weft_js_size__proxy: 'sync',
  weft_js_size__sig: 'di',
  weft_js_size: (fd) => WeftEmbed.result((host) => host.size(fd)),

  weft_js_read__deps: ['$WeftEmbed'],
  weft_js_read__proxy: 'sync',
  weft_js_read__sig: 'dipdd',
  weft_js_read: (fd, buf, len, position) =>
    WeftEmbed.result((host) => host.read(fd, HEAPU8.subarray(buf, buf + len), position)),

  // A copy: engines take no shared memory in most places. position < 0: at the end.
  weft_js_write__deps: ['$WeftEmbed'],
  weft_js_write__proxy: 'sync',
  weft_js_write__sig: 'dipdd',
  weft_js_write: (fd, buf, len, position) =>
    WeftEmbed.result((host) => host.write(fd, HEAPU8.slice(buf, buf + len), position)),

  weft_js_sync__deps: ['$WeftEmbed'],
  weft_js_sync__proxy: 'sync',
  weft_js_sync__sig: 'ii',
  weft_js_sync: (fd) => WeftEmbed.result((host) => host.sync(fd)),

  // A page is not told: what the engine gives is found out by asking for it.
  weft_js_total_memory__sig: 'd',
  weft_js_total_memory: () => 2 ** 53,
});
