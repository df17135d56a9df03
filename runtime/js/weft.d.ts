/** Weft: a RISC-V computer in a page or in Node.js. docs/embedding.md has examples. */

/** Where the bytes of a file come from. In a page, text is a URL relative to the page; in Node.js also a path. */
export type Input = string | URL | ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array>;

export interface Drive {
  /** A raw disk image; /dev/vda is the first. What the guest writes stays in memory: see readFile(). */
  file: Input;
  readonly?: boolean;
}

/** A data package that Emscripten's file_packager made: its script (which is not run), and its data if elsewhere. */
export interface Preload {
  script: Input;
  /** Default: the file that the script names, beside it. */
  data?: Input;
}

/**
 * So much of a download or a stream has arrived. `name` is the option (or drive0, preload0), a path of `files`, or 'emulator',
 * of which only is told what the worker had to download because the page could not compile it.
 */
export interface Progress {
  name: string;
  loaded: number;
  /** Until all is here unknown where the server does not say, or compresses. */
  total?: number;
}

export interface Options {
  /** Guest RAM: a number of MiB, or text as for -m ('1G'). Default 512. */
  memory?: number | string;
  /** As for -cpu, e.g. 'rv64,zbb=off'. */
  cpu?: string;
  bios?: 'builtin' | 'none' | Input;
  /** An Image or an ELF executable, gzip-compressed or not. */
  kernel?: Input;
  initrd?: Input;
  dtb?: Input;
  /** The kernel's command line. */
  append?: string;
  drives?: (Input | Drive)[];
  /** As for -accel, e.g. 'tcg,jit=tb'. Default 'tcg,jit=batch'. */
  accel?: string;
  /** More of a command line in QEMU's spelling, appended to what the other options say. */
  arguments?: string[];
  /** Files that `arguments` can name, by path. */
  files?: Record<string, Input>;
  /** Data packages, whose files `arguments` can name by path. */
  preload?: Input | Preload | (Input | Preload)[];
  /** true: only with threads (an error where the page is not cross-origin isolated); false: without. Default: if possible. */
  threads?: boolean;
  /** For guests with more than 3 GiB of RAM. Default false. */
  memory64?: boolean;
  /** The machine waits for resume(). */
  paused?: boolean;
  /** Ask for statistics every so many ms (event 'stats'). */
  statsInterval?: number;
  onProgress?: (progress: Progress) => void;
  /** Ends the machine, also while it is being made. */
  signal?: AbortSignal;
}

/** What -jit-stats writes. Times in seconds. Those of compiled code are missing with jit=off. */
export interface Stats {
  version: string;
  jit: 'off' | 'tb' | 'batch';
  wall_seconds: number;
  guest_insns: number;
  /** Millions of guest instructions a second since the start. */
  mips: number;
  tbs_translated: number;
  translate_seconds: number;
  insns_compiled_code?: number;
  insns_interpreted?: number;
  modules?: number;
  modules_live?: number;
  wasm_bytes?: number;
  generate_seconds?: number;
  link_seconds?: number;
  compile_seconds?: number;
  instantiate_seconds?: number;
  first_call_seconds?: number;
  /** This and the next two with `accel: 'tcg,profile=on'`. */
  interpret_seconds?: number;
  linked_seconds?: number;
  dispatcher_seconds?: number;
  /** Of generate_seconds and link_seconds, what the compile worker did. */
  worker_seconds?: number;
  /** All that the vCPU's thread did for compiled code. */
  jit_seconds?: number;
  [name: string]: number | string | undefined;
}

export interface Exit {
  /** 0 after power-off, what the guest said if it failed, 1 after an error of the emulator. */
  status: number;
  /** Messages of the emulator, the last 1000. */
  reports: string[];
  /** The emulator itself has failed, or `signal` has ended it. */
  error?: Error;
  /** dispose() ended it. */
  disposed?: boolean;
}

export interface Events {
  /** The guest runs. */
  ready: {};
  exit: Exit;
  /** An answer to stats(), pause(), resume() or reset(), or to statsInterval; and at the end. */
  stats: Stats;
  /** The guest's kernel has printed that it panicked. */
  panic: { message: string };
  /** A message of the emulator (what the command line prints on standard error). */
  report: { text: string };
  /** The emulator or its worker has failed, or `signal` has ended it; 'exit' follows. */
  error: Error;
}

/** What attach() needs of a terminal: xterm.js has it. */
export interface TerminalLike {
  write(data: Uint8Array, done?: () => void): void;
  onData(listener: (text: string) => void): { dispose(): void };
  onBinary?(listener: (text: string) => void): { dispose(): void };
}

export interface Console {
  /**
   * Output as bytes. A listener that returns a promise holds the guest back (after 1 MiB) until it is settled. One that
   * is added while there is none also gets what came meanwhile, of that about the last 64 KiB. Returns a function that
   * removes the listener.
   */
  onData(listener: (data: Uint8Array) => void | Promise<void>): () => void;
  /** Types. Settled when the guest takes more. */
  write(data: string | Uint8Array | ArrayBuffer): Promise<void>;
  /** Nothing more will be typed: end of input. */
  endInput(): void;
  /** Output and input as web streams. To close `writable` is endInput(); when the machine ends it fails with the code ENDED. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<string | Uint8Array | ArrayBuffer>;
  /** Connects a terminal such as xterm.js, until the machine ends or dispose() is called. */
  attach(terminal: TerminalLike): { dispose(): void };
}

/**
 * Errors have a `code`: MISSING_FEATURE, EXIT, WORKER, FAILED, ENDED, or a system error's name as ENOENT, EIO. Options that are
 * none (an unknown name, a wrong type) are a TypeError. create() is rejected with the reason of a signal that aborts; where an
 * Error is expected and the reason is none, it has the code ABORTED. What a listener throws is an uncaught error.
 */
export class WeftError extends Error {
  code: string;
}

export interface Features {
  wasm: boolean;
  moduleWorkers: boolean;
  tailCalls: boolean;
  exceptions: boolean;
  atomics: boolean;
  memory64: boolean;
  /** Shared memory: the page is cross-origin isolated. */
  threads: boolean;
}

/** What this browser has. */
export function detectFeatures(): Features;

export class Weft {
  private constructor();
  /**
   * Makes a machine: downloads its files, starts its worker. Settled when the guest runs; rejected with the reason
   * where it cannot (missing feature, download, option, file).
   */
  static create(options: Options): Promise<Weft>;

  /** Which build was chosen. */
  readonly build: { threads: boolean; memory64: boolean };
  readonly console: Console;
  /** Settled when the machine has ended, however. Never rejected. */
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** The latest statistics; after the exit those of the whole run. */
  readonly lastStats?: Stats;

  /** Returns a function that removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
  off<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): void;

  /** Stops the guest, its time too; settled when it has stopped. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** As by the reset button. */
  reset(): Promise<void>;
  /** Power off, as by pulling the plug: the guest is not asked. */
  powerDown(): Promise<Exit>;
  stats(): Promise<Stats>;
  /**
   * A file of the machine as it is now, by path: one of `files`, a drive (/weft/drive0/NAME), or one it has written. After its
   * end only what it has written, until dispose(); nothing after a failure. In Node.js what `arguments` names is in the file
   * system instead.
   */
  readFile(path: string): Promise<Blob>;
  /** Ends everything at once and frees memory and workers. */
  dispose(): Promise<void>;
  // @ts-ignore: only where `lib` has esnext.disposable
  [Symbol.asyncDispose](): Promise<void>;
}
