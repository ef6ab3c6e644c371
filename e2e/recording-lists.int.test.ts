import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import type { Recording } from '../src-shared/model/recording.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Lists of recordings over HTTP: upstream's and ours, for who may see all and for who may see one stream. */

const SECRET = 'example-secret';
const HOUR_US = 3_600_000_000;
/** Of 2026-11-22, when the record id below was given. */
const BASE_US = 1_795_345_208_000_000;
const DAY_US = Date.UTC(2025, 7, 2) * 1000;

let test: TestDatabase;
let folder: string;
let manager: Manager;
let tokenOfGate: string;

beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-lists-'));
  manager = await createTestManager({
    folder,
    databaseUrl: test.url,
    toml: `[auth]\nsecret = "${SECRET}"\ntokens = ["all"]\n[[nodes]]\nalias = "edge-1"\nurl = "http://127.0.0.1:9"\n`,
  });
  tokenOfGate = await new SignJWT({ id: 'gate north', mode: 4 })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  await report('edge-1', 'cam1', 'cam1/1795345208', BASE_US, 3);
  await report('edge-1', 'cam1', 'cam1/1795352408', BASE_US + 2 * HOUR_US, 2);
  await report('edge-2', 'cam1', 'cam1/1795348808', BASE_US + HOUR_US, 1);
  await report('edge-2', 'cam1', 'cam1/2025/08/02', DAY_US, 2);
  await report('edge-2', 'gate north', 'archive/gate north/1795345208', BASE_US, 1);
});
afterAll(async () => {
  await manager?.close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

/** Reports segments of 10 s, as a node does. */
async function report(node: string, stream: string, dir: string, startUs: number, count: number) {
  const isDated = !/\/\d{10}$/.test(dir);
  const segments = Array.from({ length: count }, (_, i) => ({
    start_ts: startUs + i * 10_000_000,
    end_ts: startUs + (i + 1) * 10_000_000,
    duration_ms: 10_000,
    path: `${dir}/${isDated ? '' : 'v_'}seg_${String(i + 1).padStart(4, '0')}.m4s`,
    is_keyframe: true,
  }));
  const reply = await ask('/api/segments/report', { node_alias: node, stream, segments });
  expect(reply.status).toBe(200);
}

function ask(path: string, body?: unknown, token = 'all'): Promise<Response> {
  return fetch(manager.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
}

const json = async (path: string, token?: string) => (await ask(path, undefined, token)).json();

async function list(query: string, token?: string): Promise<string[]> {
  const { recordings } = (await json(`/api/index/recordings?${query}`, token)) as { recordings: Recording[] };
  return recordings.map(({ dir }) => dir);
}

it('lists streams and recordings as upstream’s managers do, in the form of their generation', async () => {
  expect(await json('/api/playback')).toEqual(['cam1', 'gate north']);
  expect(await json('/api/playback/cam1')).toEqual([
    { year: 2025, month: 8, day: 2, mpd_path: 'cam1/2025/08/02/manifest.mpd' },
    { record: '1795345208', mpd_path: 'cam1/1795345208/manifest.mpd' },
    { record: '1795348808', mpd_path: 'cam1/1795348808/manifest.mpd' },
    { record: '1795352408', mpd_path: 'cam1/1795352408/manifest.mpd' },
  ]);
  expect(await json('/api/playback/cam1?form=date')).toHaveLength(1);
  expect(await json('/api/playback/cam1?form=record')).toHaveLength(3);
  expect(await json('/api/playback/none')).toEqual([]);
  expect(await json(`/api/playback/${encodeURIComponent('gate north')}`)).toEqual([
    { record: '1795345208', mpd_path: 'archive/gate north/1795345208/manifest.mpd' },
  ]);
  const wrong = await ask('/api/playback/cam1?form=week');
  expect([wrong.status, wrong.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
});

it('shows a token of one stream only that stream', async () => {
  expect(await json('/api/playback', tokenOfGate)).toEqual(['gate north']);
  expect((await ask('/api/playback/cam1', undefined, tokenOfGate)).status).toBe(403);
  expect(await list('', tokenOfGate)).toEqual(['archive/gate north/1795345208']);
  expect((await ask('/api/index/recordings?stream=cam1', undefined, tokenOfGate)).status).toBe(403);
  expect((await ask('/api/index/sync', undefined, tokenOfGate)).status).toBe(403);
});

it('gives recordings as rows', async () => {
  const { recordings, nextCursor } = (await json(
    '/api/index/recordings?stream=cam1&order=oldest&limit=2',
  )) as {
    recordings: Recording[];
    nextCursor: string;
  };
  expect(nextCursor).not.toBeNull();
  expect(recordings[1]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    stream: 'cam1',
    node: 'edge-1',
    record: '1795345208',
    dir: 'cam1/1795345208',
    sessionNo: 0,
    startUs: BASE_US,
    endUs: BASE_US + 30_000_000,
    status: 'unknown',
    video: expect.objectContaining({ codec: null }),
    audio: null,
    segmentCount: 3,
    sizeBytes: 0,
    problem: null,
  });
});

it('filters, orders and pages without losing or repeating any', async () => {
  const all = await list('');
  expect(all).toHaveLength(5);
  expect(await list('order=oldest')).toEqual([...all].reverse());
  for (const filter of ['', 'stream=cam1&stream=gate%20north', 'node=edge-1&node=edge-2', 'status=unknown']) {
    const paged: string[] = [];
    let cursor = '';
    do {
      const page = (await json(`/api/index/recordings?limit=2&${filter}${cursor}`)) as {
        recordings: Recording[];
        nextCursor: string | null;
      };
      paged.push(...page.recordings.map(({ dir }) => dir));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(paged).toEqual(all);
  }
  expect(await list('node=edge-2&stream=cam1')).toEqual(['cam1/1795348808', 'cam1/2025/08/02']);
  expect(await list('status=active')).toEqual([]);
  expect(await list('node=')).toEqual([]);
});

it('finds by time what reaches into a range, whatever started before it', async () => {
  const range = (fromUs: number, toUs: number) => `stream=cam1&start_ts=${fromUs}&end_ts=${toUs}`;
  expect(await list(range(BASE_US + 29_999_999, BASE_US + HOUR_US))).toEqual(['cam1/1795345208']);
  expect(await list(range(BASE_US + 30_000_000, BASE_US + HOUR_US))).toEqual([]);
  // A recording that lasts for days is found from its far end.
  await report('edge-3', 'long', 'long/1700000000', 1_700_000_000_000_000, 1);
  const endUs = 1_700_000_000_000_000 + 100 * HOUR_US;
  const path = 'long/1700000000/v_seg_0002.m4s';
  const segment = {
    start_ts: endUs - 10_000_000,
    end_ts: endUs,
    duration_ms: 10_000,
    path,
    is_keyframe: true,
  };
  await ask('/api/segments/report', { node_alias: 'edge-3', stream: 'long', segments: [segment] });
  expect(await list(`start_ts=${endUs - 5_000_000}&end_ts=${endUs + HOUR_US}`)).toEqual(['long/1700000000']);
});

it('refuses what makes no sense, in words', async () => {
  const reply = await ask(`/api/index/recordings?start_ts=${BASE_US}&end_ts=${BASE_US}`);
  expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([400, 'invalid_range']);
  for (const query of ['cursor=x', 'cursor=1.2', 'limit=0', 'limit=1001', 'status=gone', 'order=size']) {
    const wrong = await ask(`/api/index/recordings?${query}`);
    expect([query, wrong.status]).toEqual([query, 400]);
  }
});

it('sums up per stream and day, for each caller what it may see', async () => {
  interface Usage {
    fromDay: string;
    streams: { stream: string; nodes: string[]; days: Record<string, unknown>[] }[];
    totals: { stream: string; recordingCount: number }[];
    growthBytesPerDay: number | null;
    fullInDays: number | null;
  }
  const usage = (await json('/api/index/usage?to_day=2026-11-22&days=7')) as Usage;
  expect(usage.fromDay).toBe('2026-11-16');
  expect(usage.streams).toEqual([
    {
      stream: 'cam1',
      nodes: ['edge-1', 'edge-2'],
      days: [{ day: '2026-11-22', segmentCount: 6, sizeBytes: 0, recordedUs: 60_000_000 }],
    },
    {
      stream: 'gate north',
      nodes: ['edge-2'],
      days: [{ day: '2026-11-22', segmentCount: 1, sizeBytes: 0, recordedUs: 10_000_000 }],
    },
  ]);
  expect(usage.totals.map(({ recordingCount, stream }) => [stream, recordingCount])).toEqual([
    ['cam1', 4],
    ['gate north', 1],
    ['long', 1],
  ]);
  const { forecast } = (await json('/api/retention')) as { forecast: Usage };
  const { fullInDays, growthBytesPerDay } = forecast;
  expect(usage).toMatchObject({ fullInDays, growthBytesPerDay });
  const own = (await json('/api/index/usage?to_day=2026-11-22', tokenOfGate)) as Usage;
  expect(own.fullInDays).toBeNull();
  expect([...own.streams, ...own.totals].map(({ stream }) => stream)).toEqual(['gate north', 'gate north']);
  expect((await ask('/api/index/usage?to_day=2026-02-30')).status).toBe(400);
  expect((await ask('/api/index/ingest', undefined, tokenOfGate)).status).toBe(403);
  expect(await json('/api/index/ingest')).toEqual({ stepMs: 10_000, samples: expect.any(Array) });
});

it('tells the gaps of a stream with their reasons, each as long as it is', async () => {
  const startUs = 1_710_000_000_000_000;
  await report('edge-4', 'gappy', 'gappy/1710000000', startUs, 2);
  await report('edge-4', 'gappy', 'gappy/1710000100', startUs + 100_000_000, 1);
  const path = 'gappy/1710000100/v_seg_0004.m4s';
  const late = { start_ts: startUs + 150_000_000, end_ts: startUs + 160_000_000, duration_ms: 10_000 };
  const body = { node_alias: 'edge-4', stream: 'gappy', segments: [{ ...late, path, is_keyframe: true }] };
  await ask('/api/segments/report', body);
  const opened = new Date(startUs / 1000 + 25_000).toISOString();
  const closed = new Date(startUs / 1000 + 90_000).toISOString();
  await test.database.pool.query(
    `insert into alerts (id, kind, object_kind, object_name, severity, text, opened_at, last_at, count, closed_at, details)
     values (gen_random_uuid(), 'stream-gone', 'stream', 'gappy', 'warning', '', $1, $1, 1, $2, '{}')`,
    [opened, closed],
  );
  const gaps = async (query: string) =>
    ((await json(`/api/record/gappy/gaps?${query}`)) as { gaps: Record<string, unknown>[] }).gaps.map(
      ({ endUs, kind, startUs: from }) => [
        kind,
        ((from as number) - startUs) / 1e6,
        endUs === null ? null : ((endUs as number) - startUs) / 1e6,
      ],
    );
  const all = [
    ['publisher-left', 20, 100],
    ['segments-missing', 110, 150],
    ['not-recorded', 160, null],
  ];
  expect(await gaps(`start_ts=${startUs - HOUR_US}&end_ts=${startUs + HOUR_US}`)).toEqual(all);
  expect(await gaps(`start_ts=${startUs + 50_000_000}&end_ts=${startUs + 60_000_000}`)).toEqual([all[0]]);
  expect(await gaps(`start_ts=${startUs}&end_ts=${startUs + 155_000_000}&min_us=60000000`)).toEqual([all[0]]);
  expect(await gaps(`start_ts=${startUs - HOUR_US}&end_ts=${startUs - 1}`)).toEqual([]);
  expect((await ask(`/api/record/gappy/gaps?start_ts=2&end_ts=1`)).status).toBe(400);
  expect((await ask(`/api/record/gappy/gaps?start_ts=1&end_ts=2`, undefined, tokenOfGate)).status).toBe(403);
});

it('says per node how its recordings come into the index', async () => {
  const { isEnabled, nodes } = (await json('/api/index/sync')) as {
    isEnabled: boolean;
    nodes: Record<string, unknown>[];
  };
  expect(isEnabled).toBe(false);
  const edges = nodes.filter(({ alias }) => alias !== 'edge-3' && alias !== 'edge-4');
  expect(edges).toEqual([
    expect.objectContaining({
      alias: 'edge-1',
      isInCluster: true,
      door: 'report',
      isSynced: false,
      lastSyncMs: null,
      newestUs: BASE_US + 2 * HOUR_US + 20_000_000,
      openCount: 0,
    }),
    expect.objectContaining({ alias: 'edge-2', isInCluster: false, problem: null }),
  ]);
  expect((await ask('/api/index/sync/edge-1', {})).status).toBe(409);
  expect((await ask('/api/index/sync/nobody', {})).status).toBe(404);
});
