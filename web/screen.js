/* A terminal (xterm.js) with copy, paste, size, and a way out of it by keyboard. */
import { FitAddon } from './addon-fit.mjs';
import { Terminal } from './xterm.mjs';
import { withSheets } from './csp-styles.js';

const THEME = {
  background: '#11151a', foreground: '#e4e7ea', cursor: '#e4e7ea', selectionBackground: '#3a5878',
  black: '#2a3038', red: '#f47067', green: '#7cc36e', yellow: '#d9b44a',
  blue: '#79a8f2', magenta: '#d08ee0', cyan: '#5fc3c8', white: '#d0d5da',
};
const NARROW = 600; // px: below it letters are smaller, for more columns

export class Screen {
  #fit = new FitAddon();
  #container;
  #resizes;

  /* In `container`, which has a size. keys: what Ctrl+Shift+CODE calls, by code. */
  constructor(container, { label, screenReader, keys, onSize }) {
    this.#container = container;
    this.terminal = new Terminal({
      fontSize: this.#fontSize(), scrollback: 5000, theme: THEME, minimumContrastRatio: 4.5, cursorBlink: false, screenReaderMode: screenReader,
      fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
    });
    this.terminal.loadAddon(this.#fit);
    withSheets(() => this.terminal.open(container));
    this.terminal.textarea.setAttribute('aria-label', label);
    this.terminal.attachCustomKeyEventHandler((event) => this.#key(event, keys));
    this.terminal.onResize(onSize);
    let waiting = 0;
    this.#resizes = new ResizeObserver(() => {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        this.#takeSize();
      });
    });
    this.#resizes.observe(container); // which calls at once
  }

  #fontSize() {
    return this.#container.clientWidth < NARROW ? 12 : 14;
  }

  #takeSize() {
    if (this.#container.clientWidth > 0) {
      this.terminal.options.fontSize = this.#fontSize();
      this.#fit.fit();
    }
  }

  /* False: neither the terminal nor the browser gets the key. Paste is the browser's own. */
  #key(event, keys) {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) {
      return true;
    }
    const action = keys[event.code];
    if (action) {
      event.preventDefault();
      if (event.type === 'keydown') {
        action();
      }
    }
    return !action && event.code !== 'KeyV';
  }

  dispose() {
    this.#resizes.disconnect();
    this.terminal.dispose();
  }

  /* Puts what is selected on the clipboard; says whether there was something. */
  async copy() {
    const text = this.terminal.getSelection();
    if (!text) {
      return false;
    }
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.#copyByCommand(text);
    }
    return true;
  }

  /* The old way: where the page is not of a secure origin there is no other. */
  #copyByCommand(text) {
    const { textarea } = this.terminal;
    textarea.value = text;
    textarea.select();
    const copied = document.execCommand('copy');
    textarea.value = '';
    if (!copied) {
      throw new Error('The browser does not let the page write to the clipboard.');
    }
  }

  async paste() {
    this.terminal.paste(await navigator.clipboard.readText());
    this.terminal.focus();
  }
}
