import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import type { Recording } from '../src-shared/model/recording.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Lists of thousands of recordings, read page by page over HTTP while more are being reported. */

const BASE_SEC = 1_795_345_208;
const US = 1_000_000;
const STREAMS = ['cam1', 'cam2', 'yard/7'];
const PER_STREAM = 1000;

let test: TestDatabase;
let folder: string;
let manager: Manager;

beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-paging-'));
  manager = await createTestManager({ folder, databaseUrl: test.url });
  // Every tenth start is that of another stream's recording too, so that times alone order nothing.
  for (const [i, stream] of STREAMS.entries()) {
    await report(
      stream,
      Array.from({ length: PER_STREAM }, (_, n) => BASE_SEC + n * 60 + (n % 10 ? i : 0)),
    );
  }
  // On a busy machine a report is acknowledged from the journal.
  await vi.waitFor(
    async () => {
      const { journal } = await get<{ journal: { entryCount: number } }>('/api/status');
      expect(journal.entryCount).toBe(0);
    },
    { timeout: 30_000, interval: 100 },
  );
}, 60_000);
afterAll(async () => {
  await manager?.close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

/** One recording of a segment for each start, in seconds since 1970. */
async function report(stream: string, startsSec: readonly number[]): Promise<void> {
  const segments = startsSec.map((startSec) => ({
    start_ts: startSec * US,
    end_ts: (startSec + 10) * US,
    duration_ms: 10_000,
    path: `${stream}/${startSec}/v_seg_0001.m4s`,
    is_keyframe: true,
  }));
  const reply = await fetch(`${manager.url}/api/segments/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ node_alias: 'edge-1', stream, segments }),
  });
  expect(reply.status).toBe(200);
}

async function get<T>(path: string): Promise<T> {
  const reply = await fetch(manager.url + path, { signal: AbortSignal.timeout(15_000) });
  expect(reply.status).toBe(200);
  return (await reply.json()) as T;
}

/** All pages; `between` runs after each. */
async function allPages(query: string, between: () => Promise<void> = async () => {}): Promise<Recording[]> {
  const found: Recording[] = [];
  let cursor = '';
  do {
    const page = await get<{ recordings: Recording[]; nextCursor: string | null }>(
      `/api/index/recordings?${query}${cursor}`,
    );
    found.push(...page.recordings);
    cursor = page.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    await between();
  } while (cursor !== '');
  return found;
}

const keyOf = ({ id, startUs }: Recording) => [startUs, id] as const;
function isBefore(a: Recording, b: Recording): boolean {
  const [[aUs, aId], [bUs, bId]] = [keyOf(a), keyOf(b)];
  return aUs < bUs || (aUs === bUs && aId < bId);
}

it('gives each recording once, in one order, whatever the page size', async () => {
  const oldest = await allPages('order=oldest&limit=1000');
  expect(oldest).toHaveLength(STREAMS.length * PER_STREAM);
  expect(oldest.every((each, i) => i === 0 || isBefore(oldest[i - 1] as Recording, each))).toBe(true);
  const ids = oldest.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await allPages('order=newest&limit=97')).map(({ id }) => id)).toEqual([...ids].reverse());
  const ofTwo = await allPages('order=oldest&limit=501&stream=cam1&stream=yard%2F7');
  expect(ofTwo.map(({ id }) => id)).toEqual(
    oldest.filter(({ stream }) => stream !== 'cam2').map(({ id }) => id),
  );
});

it('gives exactly what touches a range, its end exclusive', async () => {
  const [fromUs, toUs] = [(BASE_SEC + 600) * US, (BASE_SEC + 1200) * US];
  const all = await allPages('order=oldest&limit=1000');
  for (const [startUs, endUs] of [
    [fromUs, toUs],
    // Within a recording, between two, and up to the first instant of one.
    [fromUs + 5 * US, fromUs + 6 * US],
    [fromUs + 30 * US, fromUs + 40 * US],
    [fromUs + 12 * US, fromUs + 60 * US],
  ] as const) {
    const found = await allPages(`order=oldest&limit=7&start_ts=${startUs}&end_ts=${endUs}`);
    const wanted = all.filter((each) => each.endUs > startUs && each.startUs < endUs);
    expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  }
});

it('misses and repeats none while others are reported before, between and behind them', async () => {
  for (const order of ['oldest', 'newest']) {
    const known = await allPages(`order=${order}&limit=1000`);
    let late = order === 'oldest' ? 0 : 5000;
    const found = await allPages(`order=${order}&limit=150`, async () => {
      late += 1;
      const between = BASE_SEC + late * 60 + 31;
      await report('cam2', [BASE_SEC - late * 60, between, BASE_SEC + (PER_STREAM + late) * 60]);
    });
    const ids = found.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const old = new Set(known.map(({ id }) => id));
    expect(ids.filter((id) => old.has(id))).toEqual(known.map(({ id }) => id));
  }
});

it('lists all of them as upstream does, each once, oldest first', async () => {
  expect(await get('/api/playback')).toEqual(STREAMS);
  const listed = await get<{ record: string; mpd_path: string }[]>('/api/playback/cam1');
  expect(listed.map(({ record }) => Number(record))).toEqual(
    Array.from({ length: PER_STREAM }, (_, n) => BASE_SEC + n * 60),
  );
  expect(listed[0]).toEqual({ record: `${BASE_SEC}`, mpd_path: `cam1/${BASE_SEC}/manifest.mpd` });
  const nested = await get<{ mpd_path: string }[]>(
    `/api/playback/${encodeURIComponent('yard/7')}?form=record`,
  );
  expect(nested).toHaveLength(PER_STREAM);
  expect(await get('/api/playback/cam1?form=date')).toEqual([]);
});

it('pages the segments of a stream, and counts them all', async () => {
  const found: number[] = [];
  for (let offset = 0; ; offset += 300) {
    const page = await get<{ segments: { start_ts: number }[]; total_count: number }>(
      `/api/record/cam1/timeline?limit=300&offset=${offset}`,
    );
    expect(page.total_count).toBe(PER_STREAM);
    found.push(...page.segments.map(({ start_ts }) => start_ts));
    if (page.segments.length < 300) break;
  }
  expect(found).toEqual(Array.from({ length: PER_STREAM }, (_, n) => (BASE_SEC + n * 60) * US));
});

it('refuses cursors that it did not give, in words', async () => {
  for (const cursor of ['x', '1.2', '', `${BASE_SEC}.nobody`, '-5.00000000-0000-0000-0000-000000000000']) {
    const reply = await fetch(`${manager.url}/api/index/recordings?cursor=${cursor}`);
    const body = (await reply.json()) as { code: string; message: string };
    expect([cursor, reply.status, body.code]).toEqual([cursor, 400, 'bad_request']);
    expect(body.message).toMatch(/cursor/);
  }
});
