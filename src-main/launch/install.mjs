import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { runToStderr } from './child.mjs';
import { withLaunchLock } from './launch-lock.mjs';
import { inRoot, rootDir } from './paths.mjs';
import { LaunchError, say, sinceText } from './say.mjs';

const stampFile = inRoot('node_modules', '.liveman-installed');

/** Makes node_modules match package-lock.json; does nothing (and needs no network) when it already does. */
export async function ensureInstalled() {
  if (await isInstalled()) return;
  await withLaunchLock(async () => {
    if (await isInstalled()) return;
    await mustBeWritable();
    const startedAtMs = performance.now();
    say('Installing packages (npm ci); this takes about half a minute the first time.');
    await rm(stampFile, { force: true });
    const { code, output } = await npm([
      'ci',
      '--include=dev',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
    if (code !== 0) throw new LaunchError(explainNpmFailure(output));
    await writeFile(stampFile, await wantedStamp());
    say(`Packages installed in ${sinceText(startedAtMs)}.`);
  });
}

/** @returns {Promise<boolean>} */
async function isInstalled() {
  const stamp = await readFile(stampFile, 'utf8').catch(() => null);
  if (stamp !== null) return stamp === (await wantedStamp());
  if (!(await matchesHiddenLock())) return false;
  // Somebody ran `npm ci` by hand. Not being able to write the stamp only means to compare again next time.
  await writeFile(stampFile, await wantedStamp()).catch(() => {});
  return true;
}

/** Native packages depend on the platform and on Node's binary interface, so these are part of the stamp. */
async function wantedStamp() {
  const lock = await readFile(inRoot('package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  return `${hash} ${process.platform}-${process.arch} abi${process.versions.modules}\n`;
}

/**
 * npm writes node_modules/.package-lock.json when it has finished: compares what it says with our lock.
 *
 * @returns {Promise<boolean>}
 */
async function matchesHiddenLock() {
  try {
    const wanted = JSON.parse(await readFile(inRoot('package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(await readFile(inRoot('node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([name, { version, optional, peer }]) =>
        name === '' || (present[name] ? present[name].version === version : optional || peer),
    );
  } catch {
    return false;
  }
}

/**
 * @param {readonly string[]} args
 * @returns {ReturnType<typeof runToStderr>}
 */
function npm(args) {
  // Under `npm start` this is the very npm that called us; npm.cmd on Windows could not be started without a shell.
  const npmCli = process.env.npm_execpath;
  const options = { cwd: rootDir, env: { ...process.env, NODE_ENV: 'development' } };
  if (npmCli?.endsWith('.js')) return runToStderr(process.execPath, [npmCli, ...args], options);
  return runToStderr('npm', args, { ...options, shell: process.platform === 'win32' });
}

async function mustBeWritable() {
  for (const folder of [rootDir, inRoot('node_modules')]) {
    try {
      await access(folder, constants.W_OK);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      const { uid } = await stat(folder);
      throw new LaunchError(
        `Packages have to be installed, but ${folder} belongs to user ${uid} and ${userInfo().username} may not write to it: run as its owner, or clone the repository into a folder of your own.`,
      );
    }
  }
}

/** @type {readonly (readonly [RegExp, string])[]} */
const npmFailures = [
  [
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network)\b/,
    'npm could not reach its registry: packages are downloaded once, so connect to the network (or set a registry or proxy with `npm config`) and run the command again.',
  ],
  [/\bENOSPC\b/, 'the disk is full: packages need about 600 MB; free some space and run the command again.'],
  [
    /\b(EACCES|EPERM|EROFS)\b/,
    'npm may not write to the checkout or to its cache (~/.npm): make both belong to you (after an earlier `sudo npm`, `sudo chown -R $(id -u) ~/.npm`), or clone the repository into a folder of your own.',
  ],
  [
    /\bEUSAGE\b/,
    'package.json and package-lock.json do not fit together: run `npm install` once, or `git checkout package-lock.json package.json`.',
  ],
];

/** @param {string} output what npm printed @returns {string} one sentence with the remedy */
export function explainNpmFailure(output) {
  const known = npmFailures.find(([pattern]) => pattern.test(output));
  return `Could not install the packages: ${known ? known[1] : 'npm ci failed, and its messages above say why; when that is mended, run the command again.'}`;
}
