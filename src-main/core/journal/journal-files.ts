import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../base/errors.ts';
import { decodeRecords } from './journal-record.ts';

/** A journal file as it is known without reading it again. */
export interface JournalFile {
  /** Counts up; files are drained in this order. */
  no: number;
  path: string;
  sizeBytes: number;
  entryCount: number;
  segmentCount: number;
  /** Arrival of its first report, microseconds since the epoch; null while it is empty. */
  oldestUs: number | null;
}

const FILE_NAME = /^(\d{10})\.reports$/;
const DAMAGED = '.damaged';

/** Makes the folder where it is missing and looks through what earlier runs left there, oldest first. */
export async function openFolder(
  folder: string,
): Promise<{ files: JournalFile[]; damagedPath: string | null }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(path.dirname(folder));
  const files: JournalFile[] = [];
  let damagedPath: string | null = null;
  for (const name of (await readdir(folder)).sort()) {
    if (name.endsWith(DAMAGED)) damagedPath = path.join(folder, name);
    const no = Number(FILE_NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(no)) continue;
    const file = emptyFile(folder, no);
    const bytes = await readFile(file.path);
    for (const { arrivedAtUs, segmentCount } of decodeRecords(bytes).records) {
      noteEntry(file, arrivedAtUs, segmentCount);
    }
    file.sizeBytes = bytes.length;
    files.push(file);
  }
  return { files, damagedPath };
}

/** A new file that nobody has written to; it is in the folder for good when this resolves. */
export async function createFile(
  folder: string,
  no: number,
): Promise<{ file: JournalFile; handle: FileHandle }> {
  const file = emptyFile(folder, no);
  const handle = await open(file.path, 'wx', 0o600);
  await syncFolder(folder);
  return { file, handle };
}

export function noteEntry(file: JournalFile, arrivedAtUs: number, segmentCount: number): void {
  file.entryCount += 1;
  file.segmentCount += segmentCount;
  file.oldestUs = file.oldestUs === null ? arrivedAtUs : Math.min(file.oldestUs, arrivedAtUs);
}

export async function removeFile(file: JournalFile): Promise<void> {
  await unlink(file.path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

/** Puts a file aside whose end could not be read, for whoever wants to look into it; returns its new path. */
export async function keepDamaged(file: JournalFile): Promise<string> {
  const target = file.path.replace(/\.reports$/, DAMAGED);
  await rename(file.path, target);
  return target;
}

/** Makes names in a folder durable. Windows cannot open folders and needs it not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function emptyFile(folder: string, no: number): JournalFile {
  const name = `${String(no).padStart(10, '0')}.reports`;
  return { no, path: path.join(folder, name), sizeBytes: 0, entryCount: 0, segmentCount: 0, oldestUs: null };
}
