import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimOwnership } from './owner-lock.ts';
import { processIdentity } from './process-identity.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-owner-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function writeOwner(owner: object | string): Promise<void> {
  return writeFile(
    path.join(folder, 'owner.json'),
    typeof owner === 'string' ? owner : JSON.stringify(owner),
  );
}

it('holds the folder until it is released', async () => {
  const first = await claimOwnership(folder, 0);
  await expect(claimOwnership(folder, 0)).rejects.toMatchObject({
    code: 'conflict',
    details: { pid: process.pid },
  });
  await first.release();
  await first.release();
  const second = await claimOwnership(folder, 0);
  await first.release();
  expect(await readdir(folder)).toEqual(['owner.json']);
  await second.release();
  expect(await readdir(folder)).toEqual([]);
});

it('names a living owner', async () => {
  const identity = await processIdentity(process.ppid);
  await writeOwner({ pid: process.ppid, identity, startedAt: '2026-01-01T00:00:00.000Z' });
  await expect(claimOwnership(folder, 0)).rejects.toThrow(
    `Another Liveman (process ${process.ppid}) has been using the database folder ${folder} since 2026-01-01T00:00:00.000Z.`,
  );
});

it.each([
  ['an ended process', { pid: 4_000_000, identity: 'x', startedAt: 'x' }],
  [
    'a process id that is now another program',
    { pid: process.ppid, identity: 'another life', startedAt: 'x' },
  ],
  ['a file cut short', '{"pid": 1'],
])('replaces what %s has left', async (_, owner) => {
  await writeOwner(owner);
  const ownership = await claimOwnership(folder, 0);
  await ownership.release();
  expect(await readdir(folder)).toEqual([]);
});

it('gives a folder that many claim at once to one', async () => {
  for (let round = 0; round < 100; round += 1) {
    await writeOwner({ pid: 4_000_000, identity: 'x', startedAt: `${round}` });
    const claims = await Promise.allSettled(Array.from({ length: 12 }, () => claimOwnership(folder, 0)));
    expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['owner.json']);
  }
});

it('replaces what one has left that ended while it replaced another', async () => {
  const stale = JSON.stringify({ pid: 4_000_000, identity: 'x', startedAt: 'x' });
  await writeOwner(stale);
  const right = `owner.json.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  await writeFile(
    path.join(folder, right),
    JSON.stringify({ pid: 4_000_001, identity: 'x', startedAt: 'x' }),
  );
  const ownership = await claimOwnership(folder, 0);
  expect(await readdir(folder)).toEqual(['owner.json']);
  await ownership.release();
});
