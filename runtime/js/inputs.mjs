/* From the options of Weft.create() to a command line, files and packages for the host worker. */
import { resolveUrl } from './platform.mjs';

const MIB = 2 ** 20;
const STATS_PATH = '/weft/stats.json';
const HEAP = 768 * MIB; // beside the guest's RAM: the program, translated code, files being read

function problem(text) {
  return new TypeError(`Weft.create: ${text}`);
}

function urlOf(input, what) {
  try {
    return resolveUrl(String(input));
  } catch {
    throw problem(`${what}: '${input}' is no URL`);
  }
}

function listOf(value, what) {
  if (value !== undefined && !Array.isArray(value)) {
    throw problem(`${what} must be an array`);
  }
  return value ?? [];
}

/* The last part of a file's name, for messages of the program. */
function shortName(input, url) {
  const name = (url ? new URL(url).pathname : input.name ?? '').split('/').pop();
  return (url ? decoded(name) : name).replace(/[^\w.+-]/g, '_');
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a server may think otherwise of a percent sign
  }
}

class Plan {
  constructor() {
    this.args = [];
    this.files = [];
    this.packages = [];
    this.streams = [];
  }

  /* Adds the file of an option under a path of its own, which it returns. once: it is read at the start, and never again. */
  file(input, name, once) {
    const source = this.source(input, name);
    const path = `/weft/${name}/${shortName(input, source.url) || name}`;
    this.files.push({ path, name, source, once, unpack: name === 'kernel' });
    return path;
  }

  /* What an input is, as the host worker takes it: { url }, { bytes }, { blob } or { stream }, the number of a StreamFeed. */
  source(input, what) {
    if (typeof input === 'string' || input instanceof URL) {
      return { url: urlOf(input, what) };
    }
    if (input instanceof Blob) {
      // Of a File only the bytes: Node.js passes no File to a worker.
      return { blob: input.slice() };
    }
    if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) {
      const bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input);
      // What is shared cannot be sent as it is; and a view would send all that it is a part of.
      return { bytes: bytes.slice() };
    }
    if (typeof ReadableStream === 'function' && input instanceof ReadableStream) {
      this.streams.push({ stream: input, what });
      return { stream: this.streams.length - 1 };
    }
    throw problem(`${what} must be a URL, ArrayBuffer, typed array, Blob, File or ReadableStream`);
  }
}

function sizeText(memory) {
  if (typeof memory === 'number' && Number.isInteger(memory) && memory > 0) {
    return `${memory}M`;
  }
  if (typeof memory === 'string' && memory) {
    return memory;
  }
  throw problem(`memory must be a number of MiB or a text like '512M', not ${memory}`);
}

/* What a command line says of an option, spelled `-name value` or `-name=value`; undefined where it does not name it. */
function valueOf(args, wanted) {
  for (const [i, arg] of args.entries()) {
    const [, name, , value] = /^--?([^=]+)(=(.*))?$/s.exec(arg) ?? [];
    if (name === wanted) {
      return value ?? args[i + 1] ?? '';
    }
  }
  return undefined;
}

/* Bytes of guest RAM that a command line asks for, as far as that can be seen; the program checks. */
function ramOf(args) {
  const text = (valueOf(args, 'm') ?? '128M').replace(/^size=/, '');
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)([kKmMgGtT]?)/) ?? [null, '128', 'M'];
  return Number(number) * { K: 1024, M: MIB, G: 1024 * MIB, T: MIB * MIB }[unit.toUpperCase() || 'M'];
}

const BOOT_FILES = ['kernel', 'initrd', 'dtb'];
const KNOWN = ['memory', 'cpu', 'bios', ...BOOT_FILES, 'append', 'drives', 'accel', 'arguments',
               'files', 'preload', 'threads', 'memory64', 'paused', 'statsInterval', 'onProgress',
               'signal'];

function addNamed(plan, o) {
  const { args } = plan;
  const text = (name) => o[name] !== undefined && args.push(`-${name}`, o[name]);
  if (o.memory !== undefined) {
    args.push('-m', sizeText(o.memory));
  }
  text('cpu');
  text('accel');
  if (o.bios === 'builtin' || o.bios === 'none') {
    args.push('-bios', o.bios);
  } else if (o.bios !== undefined) {
    args.push('-bios', plan.file(o.bios, 'bios', true));
  }
  for (const name of BOOT_FILES) {
    if (o[name] !== undefined) {
      args.push(`-${name}`, plan.file(o[name], name, true));
    }
  }
  text('append');
  listOf(o.drives, 'drives').forEach((drive, i) => {
    const described = drive?.file !== undefined || drive?.constructor === Object;
    const strange = described && Object.keys(drive).find((key) => !['file', 'readonly'].includes(key));
    if (strange) {
      throw problem(`drive${i} has a '${strange}': it must be { file, readonly }, or the file alone`);
    }
    const { file, readonly } = described ? drive : { file: drive };
    if (![undefined, null, true, false].includes(readonly)) {
      throw problem(`drive${i}.readonly must be true or false`);
    }
    const path = plan.file(file, `drive${i}`, false);
    args.push('-drive', `file=${path},format=raw,if=virtio${readonly ? ',readonly=on' : ''}`);
  });
  if (o.paused) {
    args.push('-S');
  }
}

function addPreload(plan, preload) {
  (Array.isArray(preload) ? preload : [preload]).forEach((entry, i) => {
    const { script, data } = entry?.script !== undefined ? entry : { script: entry };
    const name = `preload${i}`;
    const source = plan.source(script, name);
    if (!source.url && data === undefined) {
      throw problem(`${name}: a script that is no URL needs \`data\` beside it`);
    }
    plan.packages.push({ name, script: source, base: source.url,
                         data: data === undefined ? null : plan.source(data, `${name}.data`) });
  });
}

const TEXT = [(v) => typeof v === 'string', 'a text'];
const FLAG = [(v) => typeof v === 'boolean', 'true or false'];

/* Whether a value of an option will do, and what it must be. The others are looked at where they are used. */
const TYPES = {
  cpu: TEXT,
  accel: TEXT,
  append: TEXT,
  arguments: [(v) => Array.isArray(v) && v.every((arg) => typeof arg === 'string'), 'an array of texts'],
  threads: FLAG,
  memory64: FLAG,
  paused: FLAG,
  files: [(v) => typeof v === 'object' && !Array.isArray(v), 'an object: paths and their files'],
  statsInterval: [(v) => typeof v === 'number' && v >= 0 && v < 2 ** 31, 'a number of ms'],
  onProgress: [(v) => typeof v === 'function', 'a function'],
  signal: [(v) => typeof v?.throwIfAborted === 'function', 'an AbortSignal'],
};

/* Those that are given: null is none. */
function checkOptions(options) {
  if (options === null || typeof options !== 'object') {
    throw problem('the options must be an object');
  }
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name));
  if (unknown.length) {
    throw problem(`unknown option '${unknown[0]}' (there are ${KNOWN.join(', ')})`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== undefined));
  for (const [name, [will, what]] of Object.entries(TYPES)) {
    if (Object.hasOwn(given, name) && !will(given[name])) {
      throw problem(`${name} must be ${what}`);
    }
  }
  return given;
}

/* { args, files, packages, statsPath, maximum }: what the message `create` carries; and streams, for a StreamFeed each. */
export function planOf(options) {
  const o = checkOptions(options);
  const plan = new Plan();
  const given = o.arguments ?? [];
  const says = (...names) => names.some((name) => valueOf(given, name) !== undefined);
  if (o.memory === undefined && !says('m')) {
    o.memory = 512;
  }
  addNamed(plan, o);
  plan.args.push(...given);
  if (!says('nographic', 'serial', 'monitor', 'display')) {
    plan.args.push('-display', 'none', '-serial', 'stdio', '-monitor', 'none');
  }
  const own = valueOf(given, 'jit-stats');
  const statsPath = own ?? STATS_PATH;
  if (own === undefined) {
    plan.args.push('-jit-stats', STATS_PATH);
  }
  for (const [path, input] of Object.entries(o.files ?? {})) {
    plan.files.push({ path, name: path, source: plan.source(input, `files['${path}']`), once: false });
  }
  if (o.preload !== undefined) {
    addPreload(plan, o.preload);
  }
  const most = o.memory64 ? 2 ** 34 : 2 ** 32;
  const maximum = Math.min(most, Math.ceil((ramOf(plan.args) + HEAP) / 65536) * 65536);
  const { args, files, packages, streams } = plan;
  return { args, files, packages, streams, statsPath, maximum };
}

/* Of all files and packages of a plan. */
export function sourcesOf({ files, packages }) {
  return [...files.map((f) => f.source), ...packages.flatMap((p) => [p.script, p.data ?? {}])];
}

/* Things in a plan that are moved to the worker rather than copied. */
export function transferOf(plan) {
  return sourcesOf(plan).flatMap(({ bytes }) => bytes ? [bytes.buffer] : []);
}
