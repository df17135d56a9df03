/* Finds the marks of a boot in the console's output: the kernel's first line, and the shell. */

/* Name, words, and what says so. The kernel's lines begin with a time in brackets. */
export const MARKS = [
  { name: 'kernel', words: 'First line of the kernel', pattern: /^\[ *\d+\.\d+\] /m },
  { name: 'shell', words: 'Shell', pattern: /^GUEST-READY\b/m },
];

const KEPT = 256; // characters, more than a line that is searched for

export class BootTimes {
  #tail = '';
  #decoder = new TextDecoder();
  #left = [...MARKS];
  #found;

  /* found(name) is called once for each mark. */
  constructor(found) {
    this.#found = found;
  }

  look(bytes) {
    if (!this.#left.length) {
      return;
    }
    const text = this.#tail + this.#decoder.decode(bytes, { stream: true }).replaceAll('\r', '');
    this.#left = this.#left.filter(({ name, pattern }) => {
      const here = pattern.test(text);
      if (here) {
        this.#found(name);
      }
      return !here;
    });
    // From the beginning of a line on, so that it is seen as one.
    this.#tail = text.slice(Math.max(text.lastIndexOf('\n'), text.length - KEPT, 0));
  }
}
