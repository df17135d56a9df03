/* Numbers as people read them. */

export function sizeText(bytes) {
  const mb = bytes / 1e6;
  return mb >= 10 ? `${mb.toFixed(1)} MB` : mb >= 0.1 ? `${mb.toFixed(2)} MB` : `${Math.ceil(bytes / 1000)} kB`;
}

export function secondsText(ms) {
  const s = ms / 1000;
  return s >= 60 ? `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s` : `${s.toFixed(1)} s`;
}

/* Of a clock: the same form all the time, so that two of them compare. */
export function clockText(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function countText(n) {
  return n >= 1e9 ? `${(n / 1e9).toFixed(2)} G` : n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : whole.format(n);
}

/* A number for an axis. */
export function axisText(n) {
  return n >= 1000 ? countText(n) : n >= 10 || n === 0 ? n.toFixed(0) : n.toPrecision(2);
}
