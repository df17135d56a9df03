/*
 * The clock, read for each TB that is translated and whenever the guest looks at its own. An Emscripten library (--js-library).
 *
 * As Emscripten's with threads, in ms, the same for all of them; but it looks up nothing of `performance`: in Chromium 65 ns
 * rather than 390.
 */
addToLibrary({
  $WeftClock: '={ origin: performance.timeOrigin, now: performance.now.bind(performance) }',
  emscripten_get_now__deps: ['$WeftClock'],
  emscripten_get_now: () => WeftClock.origin + WeftClock.now(),
});
