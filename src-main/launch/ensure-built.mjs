import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { buildTargets } from './build-targets.mjs';
import { runToStderr } from './child.mjs';
import { withLaunchLock } from './launch-lock.mjs';
import { inRoot } from './paths.mjs';
import { LaunchError, say, sinceText } from './say.mjs';

/** @typedef {keyof typeof buildTargets} TargetName */

/**
 * Builds those of the named targets whose inputs have changed since they were last built.
 *
 * @param {readonly TargetName[]} names
 * @param {{ isForced?: boolean }} [options]
 */
export async function ensureBuilt(names, { isForced = false } = {}) {
  if (!isForced && (await staleTargets(names)).length === 0) return;
  await withLaunchLock(async () => {
    // Another launcher may have built while we waited for the lock.
    for (const { name, hash } of await staleTargets(names, isForced)) await buildTarget(name, hash);
  });
}

/**
 * @param {readonly TargetName[]} names
 * @param {boolean} [isForced]
 */
async function staleTargets(names, isForced = false) {
  const checked = await Promise.all(
    names.map(async (name) => {
      const { inputs, outputs } = buildTargets[name];
      const hash = await hashInputs(inputs);
      const built = await readFile(stampFile(name), 'utf8').catch(() => '');
      const isFresh = built === hash && outputs.every((output) => existsSync(inRoot(output)));
      return { name, hash, isFresh };
    }),
  );
  return checked.filter(({ isFresh }) => isForced || !isFresh);
}

/** @param {TargetName} name @param {string} hash */
async function buildTarget(name, hash) {
  const { entry } = buildTargets[name];
  if (!existsSync(inRoot(entry)))
    throw new LaunchError(`Cannot build ${name}: ${entry} is missing from the checkout.`);
  const startedAtMs = performance.now();
  await rm(stampFile(name), { force: true });
  const builder = inRoot('src-main/launch/build-one.mjs');
  const { code, output } = await runToStderr(process.execPath, [builder, name], { isQuiet: true });
  if (code !== 0) {
    const isPlain = !process.stderr.isTTY;
    throw new LaunchError(`Could not build ${name}: ${isPlain ? stripVTControlCharacters(output) : output}`);
  }
  await mkdir(path.dirname(stampFile(name)), { recursive: true });
  await writeFile(stampFile(name), hash);
  say(`Built ${name} in ${sinceText(startedAtMs)}.`);
}

/** @param {TargetName} name */
const stampFile = (name) => inRoot('out', '.stamps', name);

/**
 * A hash of names and contents: times are not asked, because a checkout of another branch changes them at will.
 *
 * @param {readonly string[]} inputs
 * @returns {Promise<string>}
 */
export async function hashInputs(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs)
    for (const file of await filesUnder(inRoot(input))) {
      hash.update(`\0${path.relative(inRoot(), file)}\0`);
      hash.update(await readFile(file));
    }
  return hash.digest('hex');
}

/** @param {string} start a file or folder; may be absent @returns {Promise<string[]>} files in a fixed order, tests left out */
async function filesUnder(start) {
  const info = await stat(start).catch(() => null);
  if (!info) return [];
  if (info.isFile()) return [start];
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
