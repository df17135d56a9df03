/*
 * The host of the program for Node.js, for host-js.c. An Emscripten library (--js-library).
 *
 * The vCPU runs main() in a worker and may block there. Files are used by that worker directly:
 * file descriptors belong to the process. Standard input, signals and the end of the process belong
 * to the main thread; functions with __proxy run there. It hands over what arrives through queue.js,
 * and in between it compiles (weft_js_defer).
 *
 * Pointers arrive as numbers, both with and without memory64 ('p' in __sig).
 */
addToLibrary({
  $WeftHost__deps: ['$ERRNO_CODES', '$WeftQueue'],
  $WeftHost: {
    stdin: null,
    mode: 0,
    signalled: 0, // when the first signal came

    fs: () => process.getBuiltinModule('fs'),
    errno: (e) => -(ERRNO_CODES[e.code] ?? ERRNO_CODES.EIO),

    setRaw(raw) {
      // The terminal may have gone (SIGHUP): then there is nothing to put back.
      try {
        WeftHost.stdin?.isTTY && WeftHost.stdin.setRawMode(raw);
      } catch {}
    },

    onSignal(number) {
      if (!WeftQueue.load(WeftQueue.SIGNAL)) {
        WeftHost.signalled = performance.now();
        WeftQueue.tell(WeftQueue.SIGNAL, number);
      } else if (performance.now() - WeftHost.signalled > 500) {
        // Several at once are one request; a later one means that the vCPU has not heard the first (HOST_SIGNAL_PATIENCE_MS).
        WeftHost.setRaw(false);
        process.exit(128 + number);
      }
    },

    onData(chunk) {
      // A raw terminal gives Ctrl-C as a byte. Where the console is not to have it, it is SIGINT.
      if (WeftHost.mode === 0 && WeftHost.stdin.isTTY && chunk.includes(3)) {
        WeftHost.onSignal(2);
        return;
      }
      WeftQueue.push(chunk);
    },

    onEnd: () => WeftQueue.end(),

    onTerminalStop() {
      WeftHost.setRaw(false);
      process.kill(process.pid, 'SIGSTOP');
    },
  },

  weft_js_init__deps: ['$WeftHost'],
  weft_js_init__proxy: 'sync',
  weft_js_init__sig: 'vpp',
  weft_js_init: (shared, output) => {
    WeftQueue.shared = shared;
    WeftQueue.flow = (on) => on ? WeftHost.stdin.resume() : WeftHost.stdin.pause();
    for (const [name, number] of [['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]]) {
      process.on(name, () => WeftHost.onSignal(number));
    }
    process.on('SIGUSR1', () => {
      WeftQueue.tell(WeftQueue.STATS, 1);
    });
    process.on('exit', () => WeftHost.setRaw(false));
  },

  weft_js_exit__deps: ['$WeftHost'],
  weft_js_exit__proxy: 'sync',
  weft_js_exit__sig: 'vi',
  weft_js_exit: (status) => {
    WeftHost.setRaw(false);
    // At once, whatever is still open: all that was to be written has been written.
    process.exit(status);
  },

  weft_js_console_start__deps: ['$WeftHost'],
  weft_js_console_start__proxy: 'sync',
  weft_js_console_start__sig: 'vi',
  weft_js_console_start: (mode) => {
    WeftHost.mode = mode;
    try {
      WeftHost.stdin = process.stdin;
    } catch {
      // Node.js does not know what kind of file this is: no input.
      WeftQueue.store(WeftQueue.EOF, 1);
      return;
    }
    WeftHost.setRaw(true);
    if (WeftHost.stdin.isTTY) {
      process.on('SIGTSTP', WeftHost.onTerminalStop);
      process.on('SIGCONT', () => WeftHost.setRaw(true));
    }
    WeftHost.stdin.on('data', WeftHost.onData);
    WeftHost.stdin.on('end', WeftHost.onEnd);
    WeftHost.stdin.on('error', WeftHost.onEnd);
  },

  weft_js_console_stop__deps: ['$WeftHost'],
  weft_js_console_stop__proxy: 'sync',
  weft_js_console_stop__sig: 'v',
  weft_js_console_stop: () => {
    WeftHost.setRaw(false);
    WeftHost.stdin?.removeListener('data', WeftHost.onData);
    WeftHost.stdin?.pause();
  },

  // The vCPU's worker writes by itself.
  weft_js_queues_output__sig: 'i',
  weft_js_queues_output: () => 0,
  weft_js_output__sig: 'v',
  weft_js_output: () => {},

  weft_js_ready__sig: 'v',
  weft_js_ready: () => {},

  // The vCPU has a worker of its own.
  weft_js_may_block__sig: 'i',
  weft_js_may_block: () => 1,

  // The main thread has an isolate and an instance of the program already, and little to do.
  weft_js_can_defer__sig: 'i',
  weft_js_can_defer: () => 1,
  weft_js_defer__proxy: 'async',
  weft_js_defer__sig: 'vpp',
  weft_js_defer: (fn, opaque) => {{{ makeDynCall('vp', 'fn') }}}(opaque),

  // Files. Results: what the C side documents, or a negative errno of Emscripten's.

  weft_js_open__deps: ['$WeftHost', '$UTF8ToString'],
  weft_js_open__sig: 'ipi',
  weft_js_open: (path, mode) => {
    const fs = WeftHost.fs();
    const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY } = fs.constants;
    const flags = [O_RDONLY | O_NONBLOCK, O_RDWR | O_NONBLOCK, O_WRONLY | O_CREAT | O_TRUNC][mode];
    try {
      const fd = fs.openSync(UTF8ToString(path), flags | O_NOCTTY, 0o666);
      if (fs.fstatSync(fd).isDirectory()) {
        fs.closeSync(fd);
        return -ERRNO_CODES.EISDIR;
      }
      return fd;
    } catch (e) {
      return WeftHost.errno(e);
    }
  },

  weft_js_close__deps: ['$WeftHost'],
  weft_js_close__sig: 'vi',
  weft_js_close: (fd) => WeftHost.fs().closeSync(fd),

  weft_js_size__deps: ['$WeftHost'],
  weft_js_size__sig: 'di',
  weft_js_size: (fd) => {
    const fs = WeftHost.fs();
    try {
      const st = fs.fstatSync(fd);
      if (st.isFile()) {
        return st.size;
      }
      if (!st.isBlockDevice()) {
        return -ERRNO_CODES.ESPIPE;
      }
      // Node.js has no lseek(): Linux says the size of a block device in sectors here.
      const major = (st.rdev >>> 8) & 0xfff;
      const minor = (st.rdev & 0xff) | ((st.rdev >>> 12) & 0xfff00);
      return 512 * Number(fs.readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'latin1'));
    } catch (e) {
      return WeftHost.errno(e);
    }
  },

  // position < 0: where the file is.
  weft_js_read__deps: ['$WeftHost'],
  weft_js_read__sig: 'dipdd',
  weft_js_read: (fd, buf, len, position) => {
    try {
      return WeftHost.fs().readSync(fd, HEAPU8.subarray(buf, buf + len), 0, len, position);
    } catch (e) {
      return WeftHost.errno(e);
    }
  },

  weft_js_write__deps: ['$WeftHost'],
  weft_js_write__sig: 'dipdd',
  weft_js_write: (fd, buf, len, position) => {
    try {
      return WeftHost.fs().writeSync(fd, HEAPU8.subarray(buf, buf + len), 0, len,
                                     position < 0 ? null : position);
    } catch (e) {
      return WeftHost.errno(e);
    }
  },

  weft_js_sync__deps: ['$WeftHost'],
  weft_js_sync__sig: 'ii',
  weft_js_sync: (fd) => {
    try {
      WeftHost.fs().fdatasyncSync(fd);
      return 0;
    } catch (e) {
      return WeftHost.errno(e);
    }
  },

  weft_js_total_memory__sig: 'd',
  weft_js_total_memory: () => process.getBuiltinModule('os').totalmem(),
});
