/* The statistics panel of a machine: plots over the time since its start, and the figures as text. */
import { countText, sizeText } from './format.js';
import { Plot } from './plot.js';

const MOST = 400; // samples kept; then every other one goes

/* Where time goes besides the guest's own code: field of the statistics, words, colour. */
const ACTIVITIES = [
  ['translate_seconds', 'translate to IR', '--activity-1'],
  ['generate_seconds', 'generate Wasm', '--activity-2'],
  ['link_seconds', 'link', '--activity-3'],
  ['compile_seconds', 'compile', '--activity-4'],
  ['instantiate_seconds', 'instantiate', '--activity-5'],
  ['first_call_seconds', 'first calls', '--activity-6'],
];

/* From sums over time, what was added a second: rows of [seconds, rate...]. */
function rates(samples, ...sums) {
  const rows = [];
  for (let i = 1; i < samples.length; i++) {
    const [a, b] = [samples[i - 1], samples[i]];
    const seconds = b.wall_seconds - a.wall_seconds;
    if (seconds > 0) {
      rows.push([b.wall_seconds, ...sums.map((of) => Math.max(of(b) - of(a), 0) / seconds)]);
    }
  }
  return rows;
}

const PLOTS = [
  {
    title: 'Guest MIPS',
    colours: ['--line'],
    rows: (samples) => rates(samples, (s) => s.guest_insns / 1e6),
    say: (last) => last[1].toFixed(1),
  },
  {
    title: 'Activity, % of a core',
    colours: ACTIVITIES.map(([, , colour]) => colour),
    isStacked: true,
    legend: ACTIVITIES.map(([, words]) => words),
    rows: (samples) => rates(samples, ...ACTIVITIES.map(([name]) => (s) => 100 * (s[name] ?? 0))),
    say: (last) => `${last.slice(1).reduce((a, b) => a + b).toFixed(0)} %`,
  },
  {
    title: 'Live modules',
    colours: ['--line'],
    rows: (samples) => samples.map((s) => [s.wall_seconds, s.modules_live ?? 0]),
    say: (last) => countText(last[1]),
  },
];

const share = (part, whole) => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;

/* The figures as text: words, and the value from the statistics (undefined: not with this mode). */
const FIGURES = [
  ['Guest instructions', (s) => countText(s.guest_insns)],
  ['MIPS on average', (s) => s.mips.toFixed(1)],
  ['Of them in compiled code', (s) => s.insns_compiled_code !== undefined &&
    share(s.insns_compiled_code, s.guest_insns)],
  ['Modules made', (s) => s.modules !== undefined && countText(s.modules)],
  ['Modules live', (s) => s.modules_live !== undefined && countText(s.modules_live)],
  ['WebAssembly made', (s) => s.wasm_bytes !== undefined && sizeText(s.wasm_bytes)],
  ...ACTIVITIES.map(([name, words]) => [`Time to ${words}`.replace('to first', 'of first'),
    (s) => s[name] !== undefined && `${s[name].toFixed(2)} s`]),
];

function make(name, className, text) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text ?? '';
  return element;
}

export class Statistics {
  #samples = [];
  #every = 1;
  #seen = 0;
  #last = null;
  #plots;
  #figures;
  #root;
  #together;

  /* root: a details element with .plots and .figures. together(): all Statistics that have the same axes, this among them. */
  constructor(root, machineTitle, together) {
    this.#root = root;
    this.#together = together;
    this.#plots = PLOTS.map((kind) => this.#makePlot(kind, machineTitle));
    this.#figures = FIGURES.map(([words, value]) => {
      const row = make('div', '');
      const text = make('dd', '', '-');
      row.append(make('dt', '', words), text);
      root.querySelector('.figures').append(row);
      return { text, value };
    });
  }

  #makePlot(kind, machineTitle) {
    const figure = make('figure', '');
    const caption = make('figcaption', '', kind.title);
    const now = make('span', 'now');
    caption.append(now);
    const canvas = make('canvas', '');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${machineTitle}: plot of ${kind.title} over time`);
    figure.append(caption, canvas);
    if (kind.legend) {
      const legend = make('ul', 'legend');
      legend.setAttribute('aria-label', 'Colours');
      legend.append(...kind.legend.map((words) => make('li', '', words)));
      figure.append(legend);
    }
    this.#root.querySelector('.plots').append(figure);
    return { kind, now, plot: new Plot(canvas, kind.colours, kind.isStacked) };
  }

  #extent(i) {
    const { kind, plot } = this.#plots[i];
    return plot.extent(kind.rows(this.#samples));
  }

  clear() {
    this.#samples = [];
    this.#every = 1;
    this.#seen = 0;
    this.#last = null;
  }

  /* Keeps the sums: thinned out they still give the right averages. */
  add(stats) {
    this.#last = stats;
    if (this.#seen++ % this.#every === 0) {
      this.#samples.push(stats);
      if (this.#samples.length > MOST) {
        this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
        this.#every *= 2;
      }
    }
  }

  draw() {
    if (!this.#root.open) {
      return;
    }
    for (const [i, { kind, now, plot }] of this.#plots.entries()) {
      const rows = kind.rows(this.#samples);
      plot.draw(rows, this.#together().map((each) => each.#extent(i)));
      now.textContent = rows.length ? kind.say(rows.at(-1)) : '';
    }
    for (const { text, value } of this.#figures) {
      const now = (this.#last && value(this.#last)) || '-';
      if (text.textContent !== now) {
        text.textContent = now;
      }
    }
  }
}
