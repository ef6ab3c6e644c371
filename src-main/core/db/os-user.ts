import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../base/errors.ts';

const run = promisify(execFile);

/** A user of the operating system, other than root. */
export interface OsUser {
  name: string;
  uid: number;
  gid: number;
}

/** The system user made when root runs us on a machine that has no `postgres`. */
const OWN_SYSTEM_USER = 'liveman-postgres';

/** Whether this process runs as root; never on Windows. */
export function isRunningAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user to run the server as, or `null` for our own.
 *
 * PostgreSQL refuses to run as root, so root hands over to: the owner of an existing cluster, else `postgres`,
 * else a system user made for it, else `nobody`. `clusterOwnerUid` is `null` when there is no cluster yet.
 */
export async function chooseServerUser(clusterOwnerUid: number | null): Promise<OsUser | null> {
  if (!isRunningAsRoot()) return null;
  if (clusterOwnerUid !== null && clusterOwnerUid !== 0) {
    const owner = await findUser(String(clusterOwnerUid));
    return owner ?? { name: `uid ${clusterOwnerUid}`, uid: clusterOwnerUid, gid: clusterOwnerUid };
  }
  const user =
    (await findUser('postgres')) ??
    (await findUser(OWN_SYSTEM_USER)) ??
    (await createUser()) ??
    (await findUser('nobody'));
  if (user && user.uid !== 0) return user;
  throw new AppError(
    'database_unavailable',
    'PostgreSQL does not run as root and there is no other user to run it as. ' +
      'Create one with `useradd --system postgres`, or start Liveman as an ordinary user.',
  );
}

/** Looks a user up by name or decimal uid, in all the places the system looks. */
export async function findUser(nameOrUid: string): Promise<OsUser | null> {
  const uid = await idOf('-u', nameOrUid);
  const gid = await idOf('-g', nameOrUid);
  if (uid === null || gid === null) return null;
  const { stdout } = await run('id', ['-un', nameOrUid], { timeout: 5000 });
  return { name: stdout.trim(), uid, gid };
}

async function idOf(flag: '-u' | '-g', nameOrUid: string): Promise<number | null> {
  try {
    const { stdout } = await run('id', [flag, nameOrUid], { timeout: 5000 });
    return Number(stdout.trim());
  } catch {
    return null;
  }
}

async function createUser(): Promise<OsUser | null> {
  const args = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  try {
    await run('useradd', [...args, '--shell', '/usr/sbin/nologin', OWN_SYSTEM_USER], { timeout: 10_000 });
  } catch {
    return null;
  }
  return findUser(OWN_SYSTEM_USER);
}

/**
 * The topmost folder on the way to `target`, itself included, that `user` may not enter; `null` if it can be
 * reached. Folders that do not exist yet are passed over. Judged by mode bits; access lists are not read.
 */
export async function findClosedFolder(target: string, user: OsUser): Promise<string | null> {
  const resolved = path.resolve(target);
  const { root } = path.parse(resolved);
  let folder = root;
  for (const part of ['', ...resolved.slice(root.length).split(path.sep)]) {
    folder = path.join(folder, part);
    const info = await stat(folder).catch(() => null);
    if (info === null) return null;
    const enterBit = info.uid === user.uid ? 0o100 : info.gid === user.gid ? 0o010 : 0o001;
    if (info.isDirectory() && (info.mode & enterBit) === 0) return folder;
  }
  return null;
}
