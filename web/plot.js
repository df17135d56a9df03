/* Small plots on a canvas: lines, or areas one upon the other. Colours are the style sheet's. */
import { axisText } from './format.js';

function niceCeiling(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= value * 0.999);
}

/* Sums of the columns from the first to each. */
function stacked([time, ...values]) {
  let sum = 0;
  return [time, ...values.map((v) => (sum += v))];
}

export class Plot {
  #canvas;
  #context;
  #colours; // names of custom properties, one a column
  #stacked;

  constructor(canvas, colours, isStacked = false) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#colours = colours;
    this.#stacked = isStacked;
  }

  /* What it shows of rows: to how many seconds, and up to which value. */
  extent(values) {
    const rows = this.#stacked ? values.map(stacked) : values;
    return { end: Math.max(rows.at(-1)?.[0] ?? 0, 1), most: Math.max(...rows.map((row) => Math.max(...row.slice(1))), 1) };
  }

  /* Draws rows of [seconds, value...], on axes that take all of the extents; for requestAnimationFrame. */
  draw(values, extents) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width) {
      return;
    }
    const scale = devicePixelRatio;
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const c = this.#context;
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    const rows = this.#stacked ? values.map(stacked) : values;
    const end = Math.max(...extents.map((extent) => extent.end));
    const most = niceCeiling(Math.max(...extents.map((extent) => extent.most)));
    const box = { left: 38, top: 8, width: width - 46, height: height - 26 };
    const style = getComputedStyle(this.#canvas);
    this.#axes(box, end, most, style);
    const x = (seconds) => box.left + (seconds / end) * box.width;
    const y = (value) => box.top + (1 - value / most) * box.height;
    // From the last column, so that lower areas cover higher ones.
    for (let i = this.#colours.length; i >= 1; i--) {
      this.#column(rows, i, x, y, style.getPropertyValue(this.#colours[i - 1]));
    }
  }

  #column(rows, i, x, y, colour) {
    if (!rows.length) {
      return;
    }
    const c = this.#context;
    c.beginPath();
    rows.forEach((row, at) => (at ? c.lineTo(x(row[0]), y(row[i])) : c.moveTo(x(row[0]), y(row[i]))));
    if (this.#stacked) {
      c.lineTo(x(rows.at(-1)[0]), y(0));
      c.lineTo(x(rows[0][0]), y(0));
      c.fillStyle = colour;
      c.fill();
    } else {
      c.strokeStyle = colour;
      c.lineWidth = 1.5;
      c.stroke();
    }
  }

  #axes({ left, top, width, height }, end, most, style) {
    const c = this.#context;
    c.strokeStyle = style.getPropertyValue('--grid');
    c.fillStyle = style.color;
    c.lineWidth = 1;
    c.font = '11px system-ui, sans-serif';
    for (const part of [0, 0.5, 1]) {
      const y = Math.round(top + (1 - part) * height) + 0.5;
      c.beginPath();
      c.moveTo(left, y);
      c.lineTo(left + width, y);
      c.stroke();
      c.textAlign = 'right';
      c.textBaseline = 'middle';
      c.fillText(axisText(most * part), left - 4, y);
    }
    c.textBaseline = 'top';
    c.fillText(`${axisText(end)} s`, left + width, top + height + 4);
    c.textAlign = 'left';
    c.fillText('0 s', left, top + height + 4);
  }
}
