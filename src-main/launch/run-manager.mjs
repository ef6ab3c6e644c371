import { spawn } from 'node:child_process';
import { askedToStop, startChild } from './child.mjs';
import { hasDesktop } from './electron-binary.mjs';
import { callerDir, inRoot, rootDir } from './paths.mjs';
import { say } from './say.mjs';

/** @typedef {import('./child.mjs').Ending} Ending */

const headlessMain = inRoot('out', 'headless', 'main.js');
const readyLine = /^Liveman ready: (\S+)\r?\n/m;

/**
 * Runs the headless command line; its standard output is ours, byte for byte.
 *
 * @param {readonly string[]} args
 * @returns {Promise<Ending>}
 */
export function runHeadless(args) {
  return startChild(process.execPath, ['--enable-source-maps', headlessMain, ...args], {
    cwd: callerDir(),
    stdio: 'inherit',
  }).ended;
}

/**
 * Serves the app and opens it in the browser where there is a desktop.
 *
 * @param {readonly string[]} managerArgs
 * @returns {Promise<Ending>}
 */
export async function runInBrowser(managerArgs) {
  const args = ['--enable-source-maps', headlessMain, 'serve', ...managerArgs];
  const { child, ended } = startChild(process.execPath, args, {
    cwd: callerDir(),
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  whenReady(child, (url) => {
    say(`Open ${url} in a browser.`);
    if (hasDesktop(process.platform, process.env)) openInBrowser(url);
  });
  return ended;
}

/**
 * Runs the app in Electron.
 *
 * @param {string} binary
 * @param {readonly string[]} managerArgs
 * @returns {Promise<{ ending: Ending } | { reason: string }>} a reason when Electron itself could not start, for
 *   want of a library or of its sandbox: the same app can then be served to the browser
 */
export async function runElectron(binary, managerArgs) {
  let isReady = false;
  try {
    const { child, ended } = startChild(binary, [rootDir, ...managerArgs], {
      cwd: callerDir(),
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    whenReady(child, () => {
      isReady = true;
    });
    const ending = await ended;
    const isElectronsFault = !isReady && !askedToStop() && (ending.signal !== null || ending.code === 127);
    if (!isElectronsFault) return { ending };
    return { reason: `Electron could not start here (${ending.signal ?? 'a system library is missing'})` };
  } catch (error) {
    return {
      reason: `Electron could not start here (${error instanceof Error ? error.message : String(error)})`,
    };
  }
}

/**
 * Passes the child's standard output on and calls back once with the URL of its ready line.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {(url: string) => void} onReady
 */
function whenReady(child, onReady) {
  const { stdout } = child;
  if (!stdout) return;
  stdout.pipe(process.stdout, { end: false });
  let text = '';
  /** @param {Buffer} chunk */
  const look = (chunk) => {
    text += chunk.toString();
    const url = readyLine.exec(text)?.[1];
    if (url === undefined && text.length < 65_536) return;
    stdout.off('data', look);
    if (url !== undefined) onReady(url);
  };
  stdout.on('data', look);
}

/**
 * @param {string} url
 * @param {NodeJS.Platform} platform
 * @returns {[string, string[]]} the program that opens a URL on this platform
 */
export function browserCommand(url, platform) {
  if (platform === 'darwin') return ['open', [url]];
  // `start` would need a shell, which would read the & of a URL as its own.
  if (platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', url]];
  return ['xdg-open', [url]];
}

/** @param {string} url */
function openInBrowser(url) {
  const child = spawn(...browserCommand(url, process.platform), { stdio: 'ignore', detached: true });
  child.once('error', () => say('No browser could be opened: open that address yourself.'));
  child.unref();
}
