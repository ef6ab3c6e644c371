/** A sentence for the person at the keyboard; `message` is complete and names the remedy, so no stack is shown. */
export class LaunchError extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Progress goes to standard error: standard output belongs to what the manager prints. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {number} startedAtMs from `performance.now()` @returns {string} such as `1.2 s` */
export function sinceText(startedAtMs) {
  return `${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
}

/** Ends the process with a clear sentence; anything unexpected keeps its stack. @param {unknown} error */
export function endWith(error) {
  if (error instanceof LaunchError) {
    say(error.message);
    process.exit(error.exitCode);
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
