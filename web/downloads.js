/* The list of what is being downloaded, with sizes and speeds. */
import { secondsText, sizeText } from './format.js';

const WORDS = { emulator: 'Emulator', kernel: 'Kernel', initrd: 'Initial ramdisk', drive0: 'Disk' };

const ORDER = Object.keys(WORDS);

const SHORTEST = 100; // ms: a speed measured over less says nothing

export class Downloads {
  #list;
  #files = new Map();
  #started = 0; // ms: downloads begin with the machine, long before one hears of them
  #expected = [];

  constructor(list) {
    this.#list = list;
  }

  /* A machine is being started, with files of these names to download. */
  clear(expected) {
    this.#expected = expected;
    this.#started = performance.now();
    this.#files.clear();
    this.#list.replaceChildren();
  }

  progress({ name, loaded, total }) {
    const now = performance.now();
    const file = this.#files.get(name) ?? this.#begin(name);
    Object.assign(file, { loaded, total, last: now, drawn: false });
  }

  #begin(name) {
    const bar = document.createElement('progress');
    bar.setAttribute('aria-label', `${WORDS[name] ?? name}, downloaded`);
    const text = document.createElement('span');
    const item = document.createElement('li');
    item.append(WORDS[name] ?? name, bar, text);
    // In the same order each time, whatever comes first; what has no word of its own is last.
    const rank = ORDER.indexOf(name) + 1 || ORDER.length + 1;
    const next = [...this.#files.values()].filter((file) => file.rank > rank).sort((a, b) => a.rank - b.rank)[0];
    this.#list.insertBefore(item, next?.item ?? null);
    const file = { bar, text, item, rank };
    this.#files.set(name, file);
    return file;
  }

  /* How much of everything is here: 0 to 1, and 0 while there is a file whose size nobody knows yet. */
  get share() {
    let loaded = 0;
    let total = this.#expected.every((name) => this.#files.has(name)) ? 0 : Infinity;
    for (const file of this.#files.values()) {
      loaded += file.loaded;
      total += file.total === undefined ? Infinity : Math.max(file.total, file.loaded);
    }
    return total ? loaded / total : 0;
  }

  /* Bytes, and milliseconds from the start to the last of them; null where nothing was to be downloaded. */
  get sum() {
    const files = [...this.#files.values()];
    return files.length === 0 ? null : {
      bytes: files.reduce((sum, file) => sum + file.loaded, 0),
      ms: Math.max(0, ...files.map((f) => f.last)) - this.#started,
    };
  }

  draw() {
    for (const file of this.#files.values()) {
      if (!file.drawn) {
        file.drawn = true;
        this.#drawFile(file);
      }
    }
  }

  #drawFile({ bar, text, last, loaded, total }) {
    const ms = last - this.#started;
    const speed = ms >= SHORTEST ? `, ${sizeText((loaded / ms) * 1000)}/s` : '';
    if (total) {
      bar.max = total;
      bar.value = loaded;
    }
    text.textContent = total && loaded >= total
      ? `${sizeText(loaded)} in ${secondsText(ms)}${speed}`
      : `${sizeText(loaded)}${total ? ` of ${sizeText(total)}` : ''}${speed}`;
  }
}
