import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../base/errors.ts';

/** Who a manager is to the others on its database. */
export interface ManagerIdentity {
  /** Made once per data folder. */
  readonly id: string;
  /** Made at each start. */
  readonly sessionId: string;
  readonly host: string;
  readonly osUser: string;
  readonly processId: number;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Reads who the manager of this data folder is; the first time it becomes somebody. Throws errors of the disk. */
export async function readManagerIdentity(dataDir: string): Promise<ManagerIdentity> {
  await mkdir(dataDir, { recursive: true });
  return {
    id: (await readId(join(dataDir, 'manager.json'))) ?? (await makeId(join(dataDir, 'manager.json'))),
    sessionId: randomUUID(),
    host: os.hostname(),
    osUser: userName(),
    processId: process.pid,
  };
}

async function readId(file: string): Promise<string | null> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : null;
    return typeof id === 'string' && UUID.test(id) ? id : null;
  } catch (error) {
    // A file that a crash cut short was never used: it takes its name when it is whole.
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function makeId(path: string): Promise<string> {
  const id = randomUUID();
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(`${JSON.stringify({ id })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return id;
}

/** A user that the system does not know by name has only a number. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

/** As the connections of a manager call themselves; `senderOf` is the way back. */
export function applicationName({ id }: Pick<ManagerIdentity, 'id'>): string {
  return `liveman ${id}`;
}

/** The manager whose connection calls itself so; null for anybody else. */
export function senderOf(name: string): string | null {
  const id = name.startsWith('liveman ') ? name.slice('liveman '.length) : '';
  return UUID.test(id) ? id : null;
}
