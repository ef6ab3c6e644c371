import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findClosedFolder, findUser, isRunningAsRoot } from './os-user.ts';
import {
  findPostgresBinaries,
  postgresProgram,
  reachableBinaries,
  restoreLinks,
} from './postgres-binaries.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman bin '));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds programs that run', async () => {
  const binaries = await findPostgresBinaries();
  const version = execFileSync(postgresProgram(binaries, 'postgres'), ['--version'], { encoding: 'utf8' });
  expect(version).toContain(`(PostgreSQL) ${binaries.major}.`);
  expect(await reachableBinaries(binaries, null)).toBe(binaries);
});

it('makes the library links that an install without scripts lacks', async () => {
  const { root } = await findPostgresBinaries();
  const copy = path.join(folder, 'package');
  await cp(path.dirname(root), copy, { recursive: true, verbatimSymlinks: true });
  const lib = path.join(copy, 'native', 'lib');
  const before = await readdir(lib);
  for (const name of before.filter((file) => /^lib(icu|pq).*\.so(\.\d+)?$/.test(file)))
    await rm(path.join(lib, name));
  expect((await readdir(lib)).length).toBeLessThan(before.length);
  await restoreLinks(copy);
  expect(await readdir(lib)).toEqual(before);
  execFileSync(path.join(copy, 'native', 'bin', 'postgres'), ['--version']);
});

describe.runIf(isRunningAsRoot())('as root', () => {
  it('copies programs that the server user cannot reach to where it can', async () => {
    const user = await findUser('nobody');
    if (!user) throw new Error('this system has no user nobody');
    const installed = await findPostgresBinaries();
    const closed = path.join(folder, 'closed');
    await cp(installed.root, path.join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    await chmod(closed, 0o700);
    const binaries = { ...installed, root: path.join(closed, 'native') };
    expect(await findClosedFolder(binaries.root, user)).toBe(closed);
    const copyRoot = path.join(folder, 'copies');
    const copies = await Promise.all([1, 2].map(() => reachableBinaries(binaries, user, copyRoot)));
    expect(copies[0]?.root).toBe(path.join(copyRoot, `postgres-${installed.version}`));
    expect(await readdir(copyRoot)).toEqual([`postgres-${installed.version}`]);
    const program = postgresProgram(copies[0] ?? binaries, 'initdb');
    expect(
      execFileSync(program, ['--version'], { uid: user.uid, gid: user.gid, encoding: 'utf8' }),
    ).toContain('initdb');
  });
});
