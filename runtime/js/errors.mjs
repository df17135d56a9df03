/* Errors of a machine, for those who embed one: `code` says what kind (weft.d.ts). */
export class WeftError extends Error {
  constructor(message, code) {
    super(message);
    this.name = 'WeftError';
    this.code = code;
  }
}

/* For what a listener throws: it must neither disturb the machine nor get lost. */
export function tellUncaught(error) {
  queueMicrotask(() => { throw error; });
}

/* For arguments of a user's. */
export function mustBeFunction(value, what) {
  if (typeof value !== 'function') {
    throw new TypeError(`${what} must be a function`);
  }
}
