/* One machine on the page: its terminal, buttons, downloads, times and statistics. */
import { Weft } from './weft.mjs';
import { BootTimes, MARKS } from './boot-times.js';
import { Downloads } from './downloads.js';
import { clockText, secondsText, sizeText } from './format.js';
import { Screen } from './screen.js';
import { Statistics } from './statistics.js';

const STATS_INTERVAL = 500; // ms
const TICK = 100;           // ms between the clock's steps
const SHOWN_REPORTS = 20;   // of the emulator's messages, when it has ended with an error
const KEYS = { esc: '\x1b', tab: '\t', interrupt: '\x03', up: '\x1b[A', down: '\x1b[B' };

export class MachineView {
  vm = null;
  times = {};       // ms from the start, by name of the mark
  state = 'off';    // off, loading, running, paused
  #root;
  #onState;
  #begun = 0;
  #abort = null;
  #bootTimes = null;
  #downloads;
  #statistics;
  #screen;
  #frame = 0;
  #tick = 0;        // the clock's timer
  #changed = true;  // statistics since the last frame
  #shareTold = 0;
  #peers;           // the views that are shown together, and their statistics on the same axes

  /* The view is appended to `place`, and to be added to `peers`; onState() is called when `state` has changed. */
  constructor(place, title, { screenReader, onState, peers }) {
    this.#peers = peers;
    const root = document.getElementById('machine').content.firstElementChild.cloneNode(true);
    this.#root = root;
    this.#onState = onState;
    this.#part('h2').textContent = title;
    root.setAttribute('aria-label', title);
    this.#part('.clock').setAttribute('aria-label', `${title}: time since the start`);
    this.#part('.toolbar').setAttribute('aria-label', `${title}: controls`);
    this.#part('.stats').setAttribute('aria-label', `${title}: statistics`);
    this.#downloads = new Downloads(this.#part('.downloads'));
    this.#statistics = new Statistics(this.#part('.stats'), title, () => peers.map((peer) => peer.#statistics));
    this.#part('.stats').addEventListener('toggle', () => this.#draw(true));
    root.addEventListener('click', (event) => this.#click(event.target.closest('button')));
    place.append(root);
    this.#screen = new Screen(this.#part('.screen'), {
      label: `${title}: terminal`,
      screenReader,
      keys: { KeyC: () => this.#act('copy'), ArrowUp: () => root.querySelector('button:enabled').focus() },
      onSize: () => this.#showSize(),
    });
    this.#showSize();
    new ResizeObserver(() => this.#draw(true)).observe(this.#part('.plots'));
  }

  get terminal() {
    return this.#screen.terminal;
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }

  #button(name) {
    return this.#part(`[data-do=${name}]`);
  }

  // ---- a machine's life ----

  /* Settled when the guest runs, or cannot; why it cannot is shown. */
  async start(options) {
    this.#begin(options);
    try {
      const vm = await Weft.create({
        ...options,
        statsInterval: STATS_INTERVAL,
        signal: this.#abort.signal,
        onProgress: (progress) => this.#progress(progress),
      });
      this.#runs(vm);
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        this.#problem(error.message);
      }
      this.#end(this.#abort.signal.aborted ? 'Stopped' : 'Not started');
    }
  }

  #begin({ kernel, initrd, drives = [] }) {
    this.times = {};
    this.#begun = performance.now();
    this.#abort = new AbortController();
    this.#bootTimes = new BootTimes((name) => this.#mark(name));
    this.#shareTold = 0;
    const addresses = Object.entries({ kernel, initrd, drive0: drives[0] }).filter(([, file]) => typeof file === 'string');
    this.#downloads.clear(addresses.map(([name]) => name));
    this.#statistics.clear();
    this.terminal.write('\x1bc'); // RIS, after what is still to be drawn of the machine before
    this.#problem('');
    this.#part('.times').replaceChildren();
    this.#setState('loading', 'Downloading');
    this.#draw(true);
  }

  #progress(progress) {
    this.#downloads.progress(progress);
    // In quarters, because it is read aloud.
    const quarters = Math.floor(this.#downloads.share * 4);
    if (this.state === 'loading' && quarters > this.#shareTold) {
      this.#shareTold = quarters;
      this.#part('.state').textContent = quarters === 4 ? 'Starting' : `Downloading: ${quarters * 25} %`;
    }
    this.#draw();
  }

  #runs(vm) {
    this.vm = vm;
    const { terminal } = this;
    vm.console.attach({
      write: (data, done) => {
        this.#bootTimes.look(data);
        terminal.write(data, done);
      },
      onData: (listener) => terminal.onData(listener),
      onBinary: (listener) => terminal.onBinary(listener),
    });
    vm.on('stats', (stats) => {
      this.#statistics.add(stats);
      for (const view of this.#peers) {
        view.#draw(true);
      }
    });
    vm.on('panic', ({ message }) => this.#problem(`The guest has given up: ${message}`));
    vm.on('exit', (exit) => this.#exited(exit));
    const { sum } = this.#downloads;
    if (sum) {
      this.#addTime('Downloaded', `${sizeText(sum.bytes)} in ${secondsText(sum.ms)}`);
    }
    this.#addTime('Guest started', secondsText(performance.now() - this.#begun));
    this.#setState('running', `Running ${vm.build.threads ? 'with threads' : 'without threads'}`);
  }

  #exited({ status, reports, error }) {
    if (this.vm.lastStats) {
      this.#statistics.add(this.vm.lastStats);
    }
    if (status) {
      this.#problem(`${error ? 'The emulator has failed' : `The machine has ended with status ${status}`}: ` +
                    `${reports.slice(-SHOWN_REPORTS).join('\n') || 'no reason given'}`);
    }
    this.#end('Powered off');
  }

  #end(text) {
    this.vm = null;
    this.#setState('off', text);
    this.#draw(true);
  }

  /* Ends it and removes it from the page. */
  async remove() {
    this.#abort?.abort();
    await this.vm?.dispose();
    this.#screen.dispose();
    this.#root.remove();
  }

  #mark(name) {
    this.times[name] = performance.now() - this.#begun;
    this.#addTime(MARKS.find((mark) => mark.name === name).words, secondsText(this.times[name]));
    if (name === 'shell') {
      this.#part('.state').textContent = `Shell after ${secondsText(this.times.shell)}`;
    }
    this.#draw();
  }

  // ---- buttons ----

  #click(button) {
    const { do: action, key } = button?.dataset ?? {};
    if (key) {
      const application = this.terminal.modes.applicationCursorKeysMode;
      this.terminal.input(application ? KEYS[key].replace('[', 'O') : KEYS[key]);
      this.terminal.focus();
    } else if (action) {
      this.#act(action);
    }
  }

  async #act(action) {
    try {
      await this[action]();
    } catch (error) {
      if (error.code !== 'ENDED') { // the machine's end has been told
        this.#problem(error.message);
      }
    }
  }

  async pause() {
    if (this.state === 'paused') {
      await this.vm.resume();
      this.#setState('running', 'Running');
    } else {
      await this.vm.pause();
      this.#setState('paused', 'Paused');
    }
  }

  async reset() {
    const { vm } = this;
    await vm.reset();
    if (this.state === 'paused') {
      await vm.resume();
    }
    // From here on what the console says is of the new boot.
    this.times = {};
    this.#begun = performance.now();
    this.#bootTimes = new BootTimes((name) => this.#mark(name));
    this.#problem('');
    this.#part('.times').replaceChildren();
    this.#setState('running', 'Running again from the beginning');
    this.#draw();
  }

  async power() {
    if (this.vm) {
      await this.vm.powerDown();
    } else {
      this.#abort.abort();
    }
  }

  /* Types the terminal's size for the shell, on a line of its own. */
  fit() {
    const { rows, cols } = this.terminal;
    this.terminal.input(`\x15stty rows ${rows} cols ${cols}\r`);
    this.terminal.focus();
  }

  async copy() {
    if (!await this.#screen.copy()) {
      this.#part('.state').textContent = 'Nothing is selected in the terminal';
    }
  }

  async paste() {
    try {
      await this.#screen.paste();
    } catch {
      this.#problem('The browser does not let the page read the clipboard. ' +
                    'Paste with Ctrl+Shift+V or the browser\'s menu.');
    }
  }

  // ---- what is shown ----

  #setState(state, text) {
    this.state = state;
    const running = state === 'running' || state === 'paused';
    this.#root.dataset.state = state;
    this.#part('.state').textContent = text;
    this.#button('pause').textContent = state === 'paused' ? 'Resume' : 'Pause';
    for (const name of ['pause', 'reset', 'fit', 'paste']) {
      this.#button(name).disabled = !running;
    }
    this.#button('power').disabled = state === 'off';
    this.#button('power').textContent = state === 'loading' ? 'Stop' : 'Power off';
    for (const key of this.#root.querySelectorAll('[data-key]')) {
      key.disabled = !running;
    }
    this.#onState();
  }

  #showSize() {
    const { cols, rows } = this.#screen?.terminal ?? {};
    this.#button('fit').textContent = cols ? `Fit to ${cols}×${rows}` : 'Fit';
  }

  #problem(text) {
    this.#part('.problem').textContent = text;
  }

  #addTime(words, text) {
    const row = document.createElement('div');
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = words;
    dd.textContent = text;
    row.append(dt, dd);
    this.#part('.times').append(row);
  }

  /* In the next frame: a hidden tab has none, or few. */
  #draw(statistics = false) {
    this.#changed ||= statistics;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#downloads.draw();
      if (this.#changed) {
        this.#changed = false;
        this.#statistics.draw();
      }
      this.#drawClock();
    });
  }

  /* While it boots the clock goes on by itself. */
  #drawClock() {
    const booting = this.state === 'loading' || this.state === 'running' && this.times.shell === undefined;
    const text = clockText(this.times.shell ?? performance.now() - this.#begun);
    const clock = this.#part('.clock');
    if ((booting || this.times.shell !== undefined) && clock.textContent !== text) {
      clock.textContent = text;
    }
    if (booting) {
      this.#tick ||= setTimeout(() => {
        this.#tick = 0;
        this.#draw();
      }, TICK);
    }
  }
}
