import { mkdir, open, opendir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StorageProblem, StorageStep } from '../../../src-shared/model/storage-view.ts';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import type { StorageProbe } from './probe-storage.ts';

const PROBLEM_OF_CODE: Readonly<Record<string, StorageProblem>> = {
  ENOENT: 'no-folder',
  ENOTDIR: 'no-folder',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  EROFS: 'no-permission',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'unreachable',
  ESTALE: 'unreachable',
  EHOSTDOWN: 'unreachable',
};

/** Folders looked into for an object to read where nothing may be written. */
const MAX_DEPTH = 4;

/** Tries a folder. */
export function folderProbe(root: string): StorageProbe {
  const told = async <T>(step: StorageStep, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw folderFailure(root, step, error);
    }
  };
  return {
    place: root,
    list: () => told('list', () => someFile(root, '', MAX_DEPTH)),
    write: (key, bytes, signal) =>
      told('write', async () => {
        const file = path.join(root, key);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, bytes, { signal });
      }),
    read: (key, sizeBytes) => told('read', () => firstBytes(path.join(root, key), sizeBytes)),
    remove: (key) =>
      told('remove', async () => {
        const file = path.join(root, key);
        await rm(file);
        // Of another test at the same time.
        await rmdir(path.dirname(file)).catch(() => {});
      }),
    close: () => {},
  };
}

async function someFile(root: string, folder: string, depth: number): Promise<string | null> {
  const folders: string[] = [];
  for await (const entry of await opendir(path.join(root, folder))) {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return key;
    if (entry.isDirectory()) folders.push(key);
    if (folders.length > MAX_DEPTH) break;
  }
  for (const each of depth > 0 ? folders : []) {
    const found = await someFile(root, each, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

async function firstBytes(file: string, sizeBytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function folderFailure(root: string, step: StorageStep, error: unknown): AppError {
  const code = errorCode(error) ?? '';
  const problem = PROBLEM_OF_CODE[code] ?? 'other';
  return new AppError('storage_unavailable', words(root, step, problem, code || errorMessage(error)), {
    cause: error,
    details: { problem },
  });
}

function words(root: string, step: StorageStep, problem: StorageProblem, reason: string): string {
  const verbs = { list: 'listed', write: 'written to', read: 'read', remove: 'deleted from' };
  const start = `The folder ${root} cannot be ${verbs[step]}`;
  switch (problem) {
    case 'no-folder':
      return `There is no folder ${root} (${reason}). Make it, or mount the disk it is on.`;
    case 'no-permission':
      return reason === 'EROFS'
        ? `${start}: it is mounted read-only.`
        : `${start}: this user may not. Give ${userName()} the right to ${RIGHTS[step]} it.`;
    case 'full':
      return `${start}: the disk is full or its quota is used up (${reason}).`;
    case 'unreachable':
      return `${start}: its disk or server does not answer (${reason}).`;
    default:
      return `${start} (${reason}).`;
  }
}

const RIGHTS = {
  list: 'enter and read',
  write: 'write to',
  read: 'read the files of',
  remove: 'delete from',
};

function userName(): string {
  const id = process.geteuid?.();
  return id === undefined ? 'the user of this program' : `user ${id}`;
}
