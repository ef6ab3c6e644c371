import { copyFile, mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { FsStore } from '../src-main/core/storage/fs-store.ts';
import { capturePath, captureTimes } from './support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** DASH manifests whose range has no start or no end, of a stream with recordings of three weeks. */

const DAY_S = 86_400;
const WEEKS = [0, 1, 2];

let test: TestDatabase;
let folder: string;
let manager: Manager;
/** Of the recording that was begun first, seconds. */
let firstS: number;

beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-manifests-'));
  const root = join(folder, 'store');
  for (const [objectPath, modifiedMs] of Object.entries(await captureTimes('v0.9.0'))) {
    const [stream = '', id = '', name = ''] = objectPath.split('/');
    if (stream !== 'cam1') continue;
    for (const week of WEEKS) {
      const agoS = week * 7 * DAY_S;
      firstS = Number(id) - Math.max(...WEEKS) * 7 * DAY_S;
      const target = join(root, stream, String(Number(id) - agoS), name);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(capturePath('v0.9.0', 'recordings', objectPath), target);
      await utimes(target, modifiedMs / 1000 - agoS, modifiedMs / 1000 - agoS);
    }
  }
  const { database } = test;
  const store = new FsStore(root);
  await indexStorage({ database, store, clock: systemClock, logger: silentLogger, nodeAlias: 'edge-1' });
  manager = await createTestManager({
    folder,
    databaseUrl: test.url,
    toml: '[recorder.storage]\ntype = "fs"\nroot = "store"\n',
  });
});
afterAll(async () => {
  await manager?.close();
  await test?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Which of the recordings a manifest is of, as days since the first. */
async function daysIn(query: string): Promise<number[]> {
  const reply = await fetch(`${manager.url}/api/record/cam1/mpd${query}`);
  expect(reply.status).toBe(200);
  const { rows } = await test.database.pool.query(
    `select t.id, r.start_ts::float8 / 1e6 as s from tracks t join recordings r on r.id = t.recording_id`,
  );
  const text = await reply.text();
  const days = rows.flatMap(({ id, s }) => (text.includes(id) ? [Math.round((s - firstS) / DAY_S)] : []));
  return [...new Set(days)].sort((a, b) => a - b);
}

it('are about a day: the last that was recorded, or that from the start on', async () => {
  const us = (days: number) => (firstS + days * DAY_S) * 1e6;
  expect(await daysIn(`?start_ts=0&end_ts=${us(20)}`)).toEqual([0, 7, 14]);
  expect(await daysIn('')).toEqual([14]);
  expect(await daysIn(`?end_ts=${us(9)}`)).toEqual([7]);
  expect(await daysIn(`?end_ts=${(firstS + 10) * 1e6}`)).toEqual([0]);
  expect(await daysIn(`?start_ts=${us(7) - 5e6}`)).toEqual([7]);
  expect((await fetch(`${manager.url}/api/record/nobody/mpd`)).status).toBe(404);
});

it('a list of weeks that nobody waits for is given up, and the next one is whole', async () => {
  const us = (days: number) => (firstS + days * DAY_S) * 1e6;
  const url = `${manager.url}/api/record/cam1/hls/video.m3u8?start_ts=0&end_ts=${us(20)}`;
  for (let i = 0; i < 5; i += 1) {
    const gone = new AbortController();
    const reply = await fetch(url, { signal: gone.signal });
    const reader = reply.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    gone.abort();
    await expect(reader?.closed).rejects.toThrow();
  }
  const text = await (await fetch(url)).text();
  expect(text.match(/#EXT-X-MAP/g)).toHaveLength(WEEKS.length);
  expect(text.endsWith('#EXT-X-ENDLIST\n')).toBe(true);
});
