import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runToStderr } from './child.mjs';
import { inRoot } from './paths.mjs';
import { say } from './say.mjs';

const packageDir = inRoot('node_modules', 'electron');
const failureFile = inRoot('node_modules', '.liveman-electron-failed.json');
const downloadDir = inRoot('node_modules', '.liveman-electron-download');

const dayMs = 24 * 60 * 60_000;
const probeTimeoutMs = 5_000;
const stallTimeoutMs = 20_000;

/** @typedef {{ binary: string } | { reason: string }} ElectronAnswer the executable, or why there is none */

/**
 * Finds Electron's executable, and downloads it once where that is possible.
 *
 * The package comes without its binary. A download that failed is not tried again for a day, so that a machine
 * without a way to it starts at once. A download that makes no progress for 20 s is given up.
 *
 * @returns {Promise<ElectronAnswer>}
 */
export async function findElectron() {
  const unsuitable = reasonAgainstWindow(process.platform, process.env, process.getuid?.());
  if (unsuitable) return { reason: unsuitable };
  const present = await presentBinary();
  if (present) return { binary: present };
  const earlier = await earlierFailure();
  if (earlier) return { reason: earlier };
  const reason = await download();
  const binary = await presentBinary();
  if (binary) return { binary };
  const failure = {
    atMs: Date.now(),
    version: await electronVersion(),
    reason: reason ?? 'the download left no program',
  };
  await writeFile(failureFile, JSON.stringify(failure)).catch(() => {});
  return { reason: withRemedy(failure.reason) };
}

/**
 * @param {NodeJS.Platform} platform
 * @param {NodeJS.ProcessEnv} env
 * @param {number | undefined} uid
 * @returns {string | undefined} why a window cannot be opened here at all
 */
export function reasonAgainstWindow(platform, env, uid) {
  if (!hasDesktop(platform, env))
    return 'there is no desktop session here (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  if (platform === 'linux' && uid === 0)
    return 'Electron does not run safely as root; start as an ordinary user for the window';
  return undefined;
}

/** @param {NodeJS.Platform} platform @param {NodeJS.ProcessEnv} env @returns {boolean} */
export function hasDesktop(platform, env) {
  return platform === 'darwin' || platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** @returns {Promise<string | undefined>} */
async function presentBinary() {
  const name = await readFile(path.join(packageDir, 'path.txt'), 'utf8').catch(() => 'electron');
  const overridden = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const binary = overridden ? path.join(overridden, name) : path.join(packageDir, 'dist', name);
  return existsSync(binary) ? binary : undefined;
}

/** @returns {Promise<string>} */
async function electronVersion() {
  return JSON.parse(await readFile(path.join(packageDir, 'package.json'), 'utf8')).version;
}

/** @returns {Promise<string | undefined>} */
async function earlierFailure() {
  try {
    const { atMs, version, reason } = JSON.parse(await readFile(failureFile, 'utf8'));
    const ageMs = Date.now() - atMs;
    if (version !== (await electronVersion()) || ageMs < 0 || ageMs > dayMs) return undefined;
    return withRemedy(`${reason} (tried less than a day ago)`);
  } catch {
    return undefined;
  }
}

/** @param {string} reason */
const withRemedy = (reason) => `${reason}; \`npx install-electron\` tries again`;

/** @returns {Promise<string | undefined>} why it failed */
async function download() {
  const source =
    process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? 'https://github.com/';
  say(`Looking for the Electron program at ${new URL(source).host}.`);
  try {
    await fetch(source, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(probeTimeoutMs) });
  } catch {
    return `Electron could not be downloaded: ${new URL(source).host} cannot be reached`;
  }
  say('Downloading Electron (about 110 MB, once). `npm start -- --headless` does without.');
  return downloadWatched();
}

/** Runs Electron's own installer and gives up when its file has stopped growing. @returns {Promise<string | undefined>} */
async function downloadWatched() {
  await mkdir(downloadDir, { recursive: true });
  const giveUp = new AbortController();
  let [bytes, grewAtMs] = [0, performance.now()];
  const watch = setInterval(async () => {
    const now = await folderBytes(downloadDir);
    if (now !== bytes) [bytes, grewAtMs] = [now, performance.now()];
    else if (performance.now() - grewAtMs > stallTimeoutMs) giveUp.abort();
  }, 1000);
  try {
    const env = { ...process.env, TMPDIR: downloadDir, TEMP: downloadDir, TMP: downloadDir };
    const options = {
      env,
      isQuiet: true,
      signal: giveUp.signal,
      killSignal: /** @type {const} */ ('SIGKILL'),
    };
    const { code } = await runToStderr(process.execPath, [path.join(packageDir, 'install.js')], options);
    return code === 0 ? undefined : 'Electron could not be downloaded or unpacked';
  } catch {
    return `Electron's download made no progress for ${stallTimeoutMs / 1000} s`;
  } finally {
    clearInterval(watch);
    await rm(downloadDir, { recursive: true, force: true });
  }
}

/** @param {string} folder @returns {Promise<number>} */
async function folderBytes(folder) {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true }).catch(() => []))
    bytes += (await stat(path.join(folder, name)).catch(() => null))?.size ?? 0;
  return bytes;
}
