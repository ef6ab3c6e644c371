import { copyFile, mkdir, readFile, utimes } from 'node:fs/promises';
import path from 'node:path';

/** Captured node versions that have recordings. */
export type CaptureVersion = 'head' | 'v0.9.0' | 'push';

const CAPTURES = path.resolve(import.meta.dirname, '../fixtures/captures');

export function capturePath(...parts: string[]): string {
  return path.join(CAPTURES, ...parts);
}

/** Object path → modification time, milliseconds since the epoch, as the node's disk had it. */
export async function captureTimes(version: CaptureVersion): Promise<Record<string, number>> {
  return JSON.parse(await readFile(capturePath(version, 'recordings/mtimes.json'), 'utf8'));
}

/**
 * Copies the recordings of a version into a storage root, with the modification times they had.
 *
 * `include` picks object paths; without it all are copied. The index of the node is not.
 */
export async function copyCaptures(
  version: CaptureVersion,
  intoDir: string,
  include?: (objectPath: string) => boolean,
): Promise<void> {
  for (const [objectPath, modifiedMs] of Object.entries(await captureTimes(version))) {
    if (include && !include(objectPath)) continue;
    const target = path.join(intoDir, objectPath);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(capturePath(version, 'recordings', objectPath), target);
    await utimes(target, modifiedMs / 1000, modifiedMs / 1000);
  }
}
