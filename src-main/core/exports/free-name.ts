import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../base/errors.ts';

const MOST_TRIES = 10_000;

/**
 * Gives a finished file its name, never that of a file that is there: `clip.mp4`, else `clip (2).mp4` and so on.
 *
 * `onName` is told the name before the file has it. The folder is flushed, so that the name outlasts a crash.
 */
export async function moveToFreeName(
  fromPath: string,
  folder: string,
  wantedName: string,
  onName: (name: string) => Promise<void>,
): Promise<string> {
  const name = await reserveName(folder, wantedName);
  const target = path.join(folder, name);
  try {
    await onName(name);
    await rename(fromPath, target);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
  await flushFolder(folder);
  return name;
}

/** An empty file holds the name until the rename takes its place: rename alone would overwrite. */
async function reserveName(folder: string, wantedName: string): Promise<string> {
  const { name: stem, ext } = path.parse(wantedName);
  for (let i = 1; i <= MOST_TRIES; i += 1) {
    const name = i === 1 ? wantedName : `${stem} (${i})${ext}`;
    try {
      await (await open(path.join(folder, name), 'wx')).close();
      return name;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  throw new Error(`${folder} has ${MOST_TRIES} files named like ${wantedName}.`);
}

async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows cannot flush a folder; its file system keeps names by journal.
  }
}
