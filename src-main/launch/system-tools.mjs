import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { runToStderr } from './child.mjs';
import { say } from './say.mjs';

/**
 * @typedef {object} Tool a program that some tests need
 * @property {string} name as tests and sentences call it
 * @property {readonly string[]} programs any of these on the PATH, or an absolute path
 * @property {string} remedy how to get it where we do not install it
 */

/** @type {readonly Tool[]} */
export const tools = [
  {
    name: 'chromium',
    programs: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
    remedy: 'install Chromium or Chrome, or set CHROMIUM_PATH to it',
  },
  {
    name: 'ffmpeg',
    programs: ['ffmpeg'],
    remedy: 'install ffmpeg (https://ffmpeg.org, `brew install ffmpeg`)',
  },
  { name: 'mosquitto', programs: ['mosquitto', '/usr/sbin/mosquitto'], remedy: 'install Eclipse Mosquitto' },
  {
    name: 'gnome-keyring',
    programs: ['gnome-keyring-daemon'],
    remedy: 'install gnome-keyring, dbus and libsecret (Linux only)',
  },
];

const debianPackages = [
  'chromium',
  'ffmpeg',
  'mosquitto',
  'gnome-keyring',
  'dbus',
  'libsecret-1-0',
  'fonts-dejavu-core',
  'fonts-liberation',
];

const aptTimeoutMs = 10 * 60_000;

/**
 * Installs the tests' system packages where that can be done without asking: as root on Debian.
 *
 * A failure is said and not fatal: what needs a missing tool is skipped.
 */
export async function installSystemPackages() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !findProgram(['apt-get'])) return;
  const missing = debianPackages.filter((name) => !isPackageInstalled(name));
  if (missing.length === 0) return;
  say(`Installing Debian packages: ${missing.join(' ')}.`);
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    isQuiet: true,
    timeoutMs: aptTimeoutMs,
  };
  const apt = (/** @type {string[]} */ ...args) => runToStderr('apt-get', ['-q', ...args], options);
  const update = await apt('update');
  const install = await apt('install', '-y', '--no-install-recommends', ...missing);
  if (install.code !== 0)
    say(`apt-get could not install them:\n${(update.output + install.output).slice(-1500)}`);
}

/** @param {string} name @returns {boolean} */
function isPackageInstalled(name) {
  const { stdout } = spawnSync('dpkg', ['--status', name], { encoding: 'utf8' });
  return /^Status: install ok installed$/m.test(stdout);
}

/**
 * Which of the tools are there, and the browser to use.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ missing: readonly Tool[], chromiumPath: string | undefined }}
 */
export function findTools(env = process.env) {
  const chromium = tools.find(({ name }) => name === 'chromium');
  const chromiumPath = env.CHROMIUM_PATH ?? findProgram(chromium?.programs ?? [], env);
  const isMissing = (/** @type {Tool} */ tool) =>
    tool.name === 'chromium' ? !chromiumPath || !existsSync(chromiumPath) : !findProgram(tool.programs, env);
  return { missing: tools.filter(isMissing), chromiumPath };
}

/**
 * @param {readonly string[]} names
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} the first that exists
 */
function findProgram(names, env = process.env) {
  const folders = (env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const name of names)
    for (const folder of path.isAbsolute(name) ? [''] : folders)
      for (const suffix of suffixes) {
        const file = path.join(folder, name + suffix);
        if (isExecutable(file)) return file;
      }
  return undefined;
}

/** @param {string} file @returns {boolean} */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
