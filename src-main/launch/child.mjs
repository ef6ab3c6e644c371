import { spawn } from 'node:child_process';
import path from 'node:path';

/**
 * @typedef {import('node:child_process').ChildProcess} ChildProcess
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending
 */

/** A child that has not ended this long after the first signal is killed: everything must end within 5 s. */
const graceMs = 4700;
/** npm passes a signal on although the whole group has had it, so repeats within this time are one request. */
const repeatMs = 1000;
const parentWatchMs = 500;

/** @type {Set<ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | null} */
let stoppedBy = null;
let lastSignalAtMs = Number.NEGATIVE_INFINITY;

/** The signal that asked this process to end, if any. @returns {NodeJS.Signals | null} */
export const askedToStop = () => stoppedBy;

/** @param {NodeJS.Signals} signal */
function onSignal(signal) {
  const now = performance.now();
  if (stoppedBy && now - lastSignalAtMs < repeatMs) return;
  lastSignalAtMs = now;
  if (!stoppedBy) setTimeout(() => killAll('SIGKILL'), graceMs).unref();
  stoppedBy ??= signal;
  if (running.size === 0) endBy(signal);
  killAll(signal);
}

/** @param {NodeJS.Signals} signal */
function killAll(signal) {
  for (const child of running) child.kill(signal);
}

/** Ends this process as if the signal had never been caught, so that the caller sees the true cause. @param {NodeJS.Signals} signal */
function endBy(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * Catches the signals that end a program, so that children are ended first. Call once, before any child.
 *
 * Between npm and us is a shell that dies of a signal without passing it on: under npm, losing it counts as SIGTERM.
 */
export function forwardSignals() {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, onSignal);
  const script = path.basename(process.argv[1] ?? '');
  if (process.platform === 'win32' || !process.env.npm_lifecycle_script?.includes(script)) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onSignal('SIGTERM');
  }, parentWatchMs);
  watch.unref();
}

/**
 * Starts a program in our process group: a signal to the group, SIGKILL included, reaches it as well.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {{ child: ChildProcess, ended: Promise<Ending> }} `ended` rejects when the program cannot be started
 */
export function startChild(command, args, options) {
  const child = spawn(command, args, options);
  running.add(child);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => running.delete(child));
  return { child, ended };
}

/** Ends this process the way the child ended. @param {Ending} ending */
export function endLike({ code, signal }) {
  if (signal) return endBy(signal);
  process.exit(code ?? 1);
}

/**
 * Runs a program to its end; what it prints goes to standard error and its tail is returned for the error sentence.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { isQuiet?: boolean, timeoutMs?: number }} [options]
 * @returns {Promise<Ending & { output: string }>} the last 16 kB of its output
 */
export async function runToStderr(command, args, { isQuiet = false, timeoutMs, ...options } = {}) {
  const { child, ended } = startChild(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  /** @param {Buffer} chunk */
  const keep = (chunk) => {
    if (!isQuiet) process.stderr.write(chunk);
    output = (output + chunk.toString()).slice(-16_384);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const ending = await ended.finally(() => clearTimeout(timer));
  if (stoppedBy) {
    endBy(stoppedBy);
    await new Promise(() => {});
  }
  return { ...ending, output };
}
