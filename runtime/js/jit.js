/*
 * Modules made at run time, for jit-js.c: the only place that names `WebAssembly`. An Emscripten
 * library (--js-library); its state, like wasmTable, exists once a worker.
 *
 * Slots are taken from wasmTable behind those of the program's own functions. Emscripten's
 * addFunction() takes slots of the same table one at a time, from its own free list or by growing
 * it: so slots are reserved by growing too, and never put into that list. Slots are set directly:
 * wasmTableMirror, Emscripten's cache for calls of C functions by JavaScript, never sees them.
 *
 * Pointers arrive as numbers, both with and without memory64 ('p' in __sig). Indices of the table
 * are BigInt where it is a 64-bit one (toIndexType).
 */
addToLibrary({
  $WeftJit__deps: ['$wasmTable', '$wasmMemory'],
  $WeftJit: {
    GROW: 8192, // slots at a time: each growth costs as much as it has imports of the table

    // How JavaScript's errors look to C (jit-host.h).
    code(e) {
      return e instanceof RangeError ? -1
           : e instanceof WebAssembly.CompileError ? -2
           : e instanceof WebAssembly.LinkError ? -3 : -4;
    },

    instances: [], // by handle
    sizes: [],     // of their modules in bytes, too
    free: [],      // handles
    functions: [], // of the program, by address
    env: null,     // the imports "e"
    stub: null,
    next: 0,       // slots reserved but not given out yet: next to end
    end: 0,
    error: '',
    bytes: null,    // the module that is being made
    scratch: null,  // a table for modules that are only prepared
    prepared: null, // the last of these: the engine keeps its code while it lives
    compileMs: 0,
    instantiateMs: 0,
    made: 0,

    // The exported function itself: modules that import it call it directly.
    fn: (address) => WeftJit.functions[address] ??= wasmTable.get({{{ toIndexType('address') }}}),

    // Modules are small to the garbage collector and large to the system, and their code is only freed when every isolate
    // that has had it has found out. So when enough of them are gone it is made to look: by a call where there is one
    // (Node.js has it in contexts made after the option is set), else by an allocation that makes it think.
    ENOUGH: 8 << 20,  // bytes of the process
    gone: 0,          // about as many
    gc: null,
    collect(bytes) { // of a module
      WeftJit.gone += 8 * bytes + (16 << 10);
      if (WeftJit.gone < WeftJit.ENOUGH) {
        return;
      }
      WeftJit.gone = 0;
      try {
        WeftJit.gc ??= WeftJit.findGc();
        WeftJit.gc();
      } catch (e) {
        // No room for the allocation: the collector knows by now.
      }
    },
    findGc() {
      const node = globalThis.process?.getBuiltinModule;
      try {
        node('v8').setFlagsFromString('--expose-gc');
        return node('vm').runInNewContext('gc');
      } catch (e) {
        return () => new ArrayBuffer(64 << 20);
      }
    },

    // A module's bytes for the engine, until the next call. A copy, since engines take no shared memory; always in the
    // same place, since they make their own, and what this one leaves would wait for the collector.
    copy(bytes, len) {
      if (!(WeftJit.bytes?.length >= len)) {
        WeftJit.bytes = new Uint8Array(Math.max(len, 256 << 10));
      }
      const copy = WeftJit.bytes.subarray(0, len);
      copy.set(HEAPU8.subarray(bytes, bytes + len));
      return copy;
    },

    imports(addresses, nb) {
      const h = [];
      for (let i = 0; i < nb; i++) {
        h.push(WeftJit.fn(HEAPU32[addresses / 4 + 2 * i]));
      }
      return h;
    },

    instantiate(bytes, imports) {
      const t0 = performance.now();
      let t1 = 0;
      try {
        const module = new WebAssembly.Module(bytes);
        t1 = performance.now();
        return new WebAssembly.Instance(module, imports);
      } finally {
        const t2 = performance.now();
        WeftJit.compileMs += (t1 || t2) - t0;
        WeftJit.instantiateMs += t1 && t2 - t1;
      }
    },
  },

  // (func return_call 0)
  weft_js_jit_tail_calls__sig: 'i',
  weft_js_jit_tail_calls: () => WebAssembly.validate(new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 0x0b,
  ])) ? 1 : 0,

  weft_js_jit_memory__deps: ['$WeftJit'],
  weft_js_jit_memory__sig: 'vp',
  weft_js_jit_memory: (facts) => {
    // The maximum with which runtime_init_memory.js made the memory.
    HEAPU32.set([
      {{{ MEMORY64 == 1 ? 1 : 0 }}},
      globalThis.SharedArrayBuffer && wasmMemory.buffer instanceof SharedArrayBuffer ? 1 : 0,
#if ALLOW_MEMORY_GROWTH
      {{{ MAXIMUM_MEMORY / 65536 }}},
#else
      {{{ INITIAL_MEMORY / 65536 }}},
#endif
    ], facts / 4);
  },

  weft_js_jit_instantiate__deps: ['$WeftJit'],
  weft_js_jit_instantiate__sig: 'ipppi',
  weft_js_jit_instantiate: (bytes, len, addresses, nb) => {
    WeftJit.env ??= { m: wasmMemory, t: wasmTable };
    try {
      const instance = WeftJit.instantiate(WeftJit.copy(bytes, len),
                                           { e: WeftJit.env, h: WeftJit.imports(addresses, nb) });
      const handle = WeftJit.free.pop() ?? WeftJit.instances.length;
      WeftJit.instances[handle] = instance;
      WeftJit.sizes[handle] = len;
      WeftJit.made++;
      return handle;
    } catch (e) {
      WeftJit.error = String(e);
      return WeftJit.code(e);
    }
  },

  weft_js_jit_prepare__deps: ['$WeftJit'],
  weft_js_jit_prepare__sig: 'vpppipip',
  weft_js_jit_prepare: (bytes, len, addresses, nb, slots, nbSlots, env) => {
    const at = HEAPU32.slice(slots / 4, slots / 4 + nbSlots);
    try {
      const size = at.reduce((a, b) => Math.max(a, b), 0) + 1;
      const table = WeftJit.scratch ??= new WebAssembly.Table({
        element: 'anyfunc', initial: {{{ toIndexType('1') }}},
#if MEMORY64 == 1
        address: 'i64', index: 'i64',
#endif
      });
      if (size > Number(table.length)) {
        table.grow({{{ toIndexType('size + WeftJit.GROW - Number(table.length)') }}});
      }
      WeftJit.collect(len);
      WeftJit.prepared = new WebAssembly.Instance(
        new WebAssembly.Module(WeftJit.copy(bytes, len)),
        { e: { m: wasmMemory, t: table }, h: WeftJit.imports(addresses, nb) });
      for (const slot of env ? at : []) {
        table.get({{{ toIndexType('slot') }}})(BigInt(env), 0);
      }
    } catch (e) {
      // The hart's thread will see for itself.
    }
    // `prepared` alone keeps the module, and only until the next one.
    for (const slot of at) {
      if (slot < Number(WeftJit.scratch?.length ?? 0)) {
        WeftJit.scratch.set({{{ toIndexType('slot') }}}, null);
      }
    }
  },

  weft_js_jit_error__deps: ['$WeftJit', '$stringToUTF8'],
  weft_js_jit_error__sig: 'vpp',
  weft_js_jit_error: (buf, size) => {
    stringToUTF8(WeftJit.error, buf, size);
  },

  weft_js_jit_drop__deps: ['$WeftJit'],
  weft_js_jit_drop__sig: 'vi',
  weft_js_jit_drop: (handle) => {
    if (WeftJit.instances[handle]) {
      WeftJit.instances[handle] = null;
      WeftJit.collect(WeftJit.sizes[handle]);
      WeftJit.free.push(handle);
    }
  },

  weft_js_jit_clear__deps: ['$WeftJit'],
  weft_js_jit_clear__sig: 'vii',
  weft_js_jit_clear: (first, nb) => {
    first >>>= 0;
    for (let i = 0; i < nb; i++) {
      wasmTable.set({{{ toIndexType('first + i') }}}, WeftJit.stub);
    }
  },

  weft_js_jit_reserve__deps: ['$WeftJit'],
  weft_js_jit_reserve__sig: 'ii',
  weft_js_jit_reserve: (n) => {
    n >>>= 0;
    if (WeftJit.end - WeftJit.next < n) {
      const more = Math.max(n, WeftJit.GROW);
      try {
        const first = Number(wasmTable.grow({{{ toIndexType('more') }}}, WeftJit.stub));
        if (first !== WeftJit.end) {
          WeftJit.next = first;
        }
        WeftJit.end = first + more;
      } catch (e) {
        WeftJit.error = String(e);
        return 0;
      }
    }
    const first = WeftJit.next;
    WeftJit.next += n;
    return first;
  },

  weft_js_jit_set_stub__deps: ['$WeftJit'],
  weft_js_jit_set_stub__sig: 'vp',
  weft_js_jit_set_stub: (address) => {
    WeftJit.stub = address ? WeftJit.fn(address) : null;
    // Those reserved before hold the old one.
    for (let i = WeftJit.next; i < WeftJit.end; i++) {
      wasmTable.set({{{ toIndexType('i') }}}, WeftJit.stub);
    }
  },

  weft_js_jit_stats__deps: ['$WeftJit'],
  weft_js_jit_stats__sig: 'vp',
  weft_js_jit_stats: (numbers) => {
    const { compileMs, instantiateMs, made, instances, free } = WeftJit;
    HEAPF64.set([compileMs * 1e6, instantiateMs * 1e6, made, instances.length - free.length],
                numbers / 8);
  },
});
