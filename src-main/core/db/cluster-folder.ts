import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { chooseServerUser, findClosedFolder, isRunningAsRoot, type OsUser } from './os-user.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/**
 * The files of the embedded server in its folder:
 *
 * - `cluster/`       PostgreSQL's own data, owned by the user who runs the server
 * - `password`       of the role `liveman`, mode 0600
 * - `owner.json`     the manager that holds the folder now (owner-lock.ts)
 * - `postgres.log`   what the server says; the file before it is `postgres.log.1`
 */
export interface ClusterFolder {
  dataDir: string;
  clusterDir: string;
  logFile: string;
  /** Who runs the server; `null` for this process's own user. */
  user: OsUser | null;
}

const LOG_KEPT_BYTES = 5 * 1024 * 1024;

/**
 * Makes sure that `dataDir` exists and that the user who will run the server can reach it.
 *
 * Throws `database_unavailable` with the folder in the way, or the owner in the way, and the remedy.
 */
export async function prepareClusterFolder(dataDir: string): Promise<ClusterFolder> {
  const resolved = path.resolve(dataDir);
  const clusterDir = path.join(resolved, 'cluster');
  const ownerUid = (await stat(clusterDir).catch(() => null))?.uid ?? null;
  if (!isRunningAsRoot()) assertOwnCluster(ownerUid, resolved);
  const user = await chooseServerUser(ownerUid);
  await makeFolder(resolved);
  if (user) {
    await assertReachable(resolved, user);
    if (ownerUid === 0) await chownTree(clusterDir, user);
  }
  return { dataDir: resolved, clusterDir, logFile: path.join(resolved, 'postgres.log'), user };
}

function assertOwnCluster(ownerUid: number | null, dataDir: string): void {
  const ownUid = process.getuid?.();
  if (ownerUid === null || ownUid === undefined || ownerUid === ownUid) return;
  throw new AppError(
    'database_unavailable',
    `The database in ${dataDir} belongs to another OS user (uid ${ownerUid}). Start Liveman as that user or as root, ` +
      `or hand it over with \`chown -R ${ownUid} ${shellQuote(dataDir)}\`.`,
  );
}

async function assertReachable(dataDir: string, user: OsUser): Promise<void> {
  const closed = await findClosedFolder(dataDir, user);
  if (closed === null) return;
  throw new AppError(
    'database_unavailable',
    `PostgreSQL does not run as root, and the OS user ${user.name}, who runs it instead, may not enter ${closed}. ` +
      `Run \`chmod o+x ${shellQuote(closed)}\`, or choose another data folder.`,
    { details: { folder: closed, user: user.name } },
  );
}

/** Makes the folder and those above it; what root makes can be entered by others, though not listed. */
async function makeFolder(dataDir: string): Promise<void> {
  const mode = isRunningAsRoot() ? 0o711 : 0o700;
  try {
    const firstMade = (await mkdir(dataDir, { recursive: true, mode })) ?? dataDir;
    // mkdir's mode is cut by the umask.
    for (let folder = dataDir; folder.length >= firstMade.length; folder = path.dirname(folder)) {
      await chmod(folder, mode);
    }
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `The folder for the database, ${dataDir}, cannot be made (${errorMessage(cause)}). ` +
        'Make it for this user, or choose another data folder.',
      { cause },
    );
  }
}

/** The major version the cluster was made by, or `null` when there is no cluster. */
export async function clusterMajorVersion(clusterDir: string): Promise<number | null> {
  try {
    return Number.parseInt(await readFile(path.join(clusterDir, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Throws `database_unavailable` when the cluster was made by another major version than `binaries`. */
export function assertSameMajorVersion(found: number, binaries: PostgresBinaries, clusterDir: string): void {
  if (found === binaries.major) return;
  const relation = found > binaries.major ? 'newer' : 'older';
  throw new AppError(
    'database_unavailable',
    `The database in ${clusterDir} was made by PostgreSQL ${found}, which is ${relation} than the built-in PostgreSQL ` +
      `${binaries.major}. Start it with the Liveman version that made it, or move it with pg_dump and pg_restore.`,
    { details: { found, expected: binaries.major } },
  );
}

/** The password of the role `liveman`. Made when `mayCreate`; otherwise an absent file is an error. */
export async function readPassword(folder: ClusterFolder, mayCreate: boolean): Promise<string> {
  const file = path.join(folder.dataDir, 'password');
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (text !== '') return text;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  if (!mayCreate) {
    throw new AppError(
      'database_unavailable',
      `The password file ${file} is missing, so the database beside it cannot be opened. Put it back from a backup, ` +
        `or move ${folder.clusterDir} away to start with an empty database.`,
    );
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return password;
}

/**
 * Makes a new cluster through `runInitdb`, which gets an empty folder and a file with the password, both
 * readable by the server's user. The cluster takes its name only when it is whole.
 */
export async function createCluster(
  folder: ClusterFolder,
  password: string,
  runInitdb: (draftDir: string, passwordFile: string) => Promise<void>,
): Promise<void> {
  const draftDir = `${folder.clusterDir}.partial`;
  const passwordFile = path.join(folder.dataDir, 'initdb-password');
  await rm(draftDir, { recursive: true, force: true });
  await mkdir(draftDir, { mode: 0o700 });
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (folder.user) {
      await chown(draftDir, folder.user.uid, folder.user.gid);
      await chown(passwordFile, folder.user.uid, folder.user.gid);
    }
    await runInitdb(draftDir, passwordFile);
    await rename(draftDir, folder.clusterDir);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Moves a large log aside; one older log is kept. */
export async function rotateLog(folder: ClusterFolder): Promise<void> {
  const info = await stat(folder.logFile).catch(() => null);
  if (info && info.size > LOG_KEPT_BYTES) await rename(folder.logFile, `${folder.logFile}.1`);
}

/** The end of what was logged from `fromByte` on, at most 2 KiB, for an error message. */
export async function readLogTail(logFile: string, fromByte: number): Promise<string> {
  const file = await open(logFile, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(fromByte, size - 2048);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

async function chownTree(folder: string, user: OsUser): Promise<void> {
  await chown(folder, user.uid, user.gid);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) await chownTree(full, user);
    else if (entry.isFile()) await chown(full, user.uid, user.gid);
  }
}

function shellQuote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
