/*
 * What the host takes from a virtual machine (Linux: the column "steal" of /proc/stat). It is counted as processor time of
 * whoever ran: a program that only reads the clock was seen to take 200 ms of the processor between two readings.
 */
import { readFileSync } from 'node:fs';

const EVERY = 10;  // ms between samples
const LATE = 20;   // ms after which the column has what was taken
const TICK = 10;   // ms of a unit of the column: USER_HZ is 100

function stolenSoFar() {
  try {
    return readFileSync('/proc/stat', 'latin1').match(/^cpu +(?:\d+ +){7}(\d+)/)[1] * TICK;
  } catch {
    return 0; // not Linux
  }
}

/* ms by CLOCK_MONOTONIC, which the time stamps of Chromium's traces are of. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

export class StolenTime {
  #samples = [{ at: now(), stolen: stolenSoFar() }];
  #timer = setInterval(() => this.#samples.push({ at: now(), stolen: stolenSoFar() }), EVERY);

  stop() {
    clearInterval(this.#timer);
    this.#samples.push({ at: Infinity, stolen: stolenSoFar() });
  }

  /* After stop(): ms that were taken from all processors between two times, in ms by CLOCK_MONOTONIC; what is near them counts. */
  between(from, to) {
    const before = this.#samples.findLast(({ at }) => at <= from) ?? this.#samples[0];
    return this.#samples.find(({ at }) => at >= to + LATE).stolen - before.stolen;
  }
}
