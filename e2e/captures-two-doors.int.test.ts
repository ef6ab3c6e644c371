import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { decode } from '../src-main/core/playback/playback-test-kit.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { runIndex } from '../src-main/headless/index-command.ts';
import { captureTimes, copyCaptures } from './support/capture-storage.ts';
import { type IndexRow, indexRows } from './support/captured-list.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Everything that was captured of real nodes, by their lists into one database and from storage alone into another. */

const VERSIONS = ['head', 'v0.9.0', 'push'] as const;

let listed: TestDatabase;
let found: TestDatabase;
let folder: string;
let manager: Manager;
const nodes: FakeNode[] = [];

/** What stood in the list of a node; the folder of the old one is listed as by one that was brought up to date. */
async function rowsOf(version: (typeof VERSIONS)[number]): Promise<IndexRow[]> {
  if (version !== 'push') return indexRows(version);
  const record_dir = 'cam1/2026/11/22';
  const times = await captureTimes('push');
  const start_ts = Math.round((times[`${record_dir}/init.m4s`] ?? 0) * 1000) - 30_000;
  const record = String(Math.floor(start_ts / 1e6));
  return [{ record, stream: 'cam1', record_dir, start_ts, end_ts: start_ts + 33_100_000 }];
}

const toml = () => `
[record_sync]
enabled = true
tick_ms = 200
${VERSIONS.map((version) => `[[storages]]\nname = "${version}"\nroot = "${join(folder, version)}"`).join('\n')}
${VERSIONS.map((version, i) => `[[nodes]]\nalias = "of-${version}"\nurl = "${nodes[i]?.url}"\nstorage = "${version}"`).join('\n')}
`;

beforeAll(async () => {
  [listed, found] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  folder = await mkdtemp(join(tmpdir(), 'liveman-doors-'));
  for (const version of VERSIONS) {
    await copyCaptures(version, join(folder, version));
    const node = await createFakeNode({ generation: version === 'head' ? 'head' : 'v0.9.0' });
    nodes.push(node);
    const rows = await rowsOf(version);
    // Storage alone does not tell the id of what lies in a folder of a day.
    if (version === 'push') await writeFile(join(folder, version, 'index.jsonl'), JSON.stringify(rows[0]));
    for (const { end_ts: endUs, record, record_dir: recordDir, start_ts: startUs, stream } of rows) {
      node.recordings.begin({ record, stream, recordDir, startUs });
      node.recordings.complete({ record, stream }, endUs, 'Completed');
    }
  }
  manager = await createTestManager({ folder, databaseUrl: listed.url, toml: toml() });
  const indexConfig = join(folder, 'index.toml');
  await writeFile(indexConfig, `[database]\nurl = "${found.url}"\n[log]\nlevel = "off"\n${toml()}`);
  const places = { packageDir: resolve(import.meta.dirname, '..'), dataDir: folder, version: '1.2.3' };
  for (const storage of VERSIONS) {
    expect(await runIndex({ command: 'index', configPath: indexConfig, storage }, places)).toBe(0);
  }
});
afterAll(async () => {
  await manager?.close();
  for (const node of nodes) await node.close();
  await Promise.all([listed?.close(), found?.close()]);
  await rm(folder, { recursive: true, force: true });
});

it('acknowledges every recording to its node', { timeout: 70_000 }, async () => {
  const states = () => nodes.flatMap((node) => node.recordings.all().map(({ status }) => status));
  await expect.poll(states, { timeout: 60_000, interval: 100 }).toEqual(states().map(() => 'Acked'));
});

/** Every row of the tables that the doors write, without ids that are made up and times of the writing. */
const TABLES = {
  recordings: `select to_jsonb(r) - '{id,created_at}'::text[] as row from recordings r order by node_alias, dir`,
  tracks: `select to_jsonb(t) - '{id,recording_id}'::text[] as row from tracks t order by init_path, zero_ts`,
  segments: `select to_jsonb(s) - '{recording_id,track_id,created_at,updated_at}'::text[] as row
    from segments s order by path, start_ts`,
  coverage: `select to_jsonb(c) as row from coverage c order by stream, node_alias, track, start_ts`,
  day_totals: `select to_jsonb(d) as row from day_totals d order by stream, day, node_alias, track`,
  recorded_streams: `select to_jsonb(s) as row from recorded_streams s order by stream, node_alias, track`,
};

async function rowsIn({ database }: TestDatabase, query: string): Promise<unknown[]> {
  return (await database.pool.query(query)).rows.map(({ row }) => row);
}

it.each(Object.entries(TABLES))('gives the same rows of %s from both', async (_, query) => {
  const rows = await rowsIn(listed, query);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows).toEqual(await rowsIn(found, query));
});

it('knows all of them as completed, in the storage of their node', async () => {
  const rows = await rowsIn(found, TABLES.recordings);
  expect(rows).toHaveLength(8);
  for (const row of rows) expect(row).toMatchObject({ status: 'completed', place: expect.any(String) });
});

/** What the captures' README says of each: pictures that are left after repair, sound packets, seconds, codecs. */
describe.each([
  { version: 'head', stream: 'cam1', video: 1051, audio: 1754, sec: 35.078, codecs: ['avc1.42c015', 'opus'] },
  { version: 'head', stream: 'gone', video: 361, audio: 601, sec: 12.01, codecs: ['avc1.42c015', 'opus'] },
  { version: 'head', stream: 'dflt', video: 6, audio: 0, sec: 36, codecs: [/^vp09\.00/, 'opus'] },
  {
    version: 'head',
    stream: 'cam3',
    video: 1053,
    audio: 1756,
    sec: 35.11,
    codecs: ['av01.0.00M.08', 'opus'],
  },
  {
    version: 'v0.9.0',
    stream: 'cam1',
    video: 1052,
    audio: 1754,
    sec: 35.08,
    codecs: ['avc1.42c015', 'opus'],
  },
  { version: 'v0.9.0', stream: 'mute', video: 1053, audio: 0, sec: 35.11, codecs: ['avc1.42c015', null] },
  { version: 'v0.9.0', stream: 'vp8', video: 0, audio: 1754, sec: 35.08, codecs: [null, 'opus'] },
  { version: 'push', stream: 'cam1', video: 660, audio: 1100, sec: 32.97, codecs: ['avc1.42c015', 'opus'] },
])('$stream of $version', ({ audio, codecs, sec, stream, version, video }) => {
  interface Listed {
    start_ts: number;
    end_ts: number;
    video: { codec: string } | null;
    audio: { codec: string } | null;
  }

  it('has its length, codecs and frames, as it plays and as a clip', async () => {
    const query = `stream=${stream}&node=of-${version}`;
    const reply = await fetch(`${manager.url}/api/index/recordings?${query}`);
    const { recordings } = (await reply.json()) as { recordings: Listed[] };
    expect(recordings).toHaveLength(1);
    const [recording] = recordings as [Listed];
    const expectedCodecs = codecs.map((codec) =>
      codec instanceof RegExp ? expect.stringMatching(codec) : codec,
    );
    expect([recording.video?.codec ?? null, recording.audio?.codec ?? null]).toEqual(expectedCodecs);

    const { rows } = await listed.database.pool.query(
      `select min(start_ts) as start, max(end_ts) as end from segments
       where stream = $1 and node_alias = $2 and track = $3`,
      [stream, `of-${version}`, video > 0 ? 'video' : 'audio'],
    );
    expect((rows[0].end - rows[0].start) / 1e6).toBeCloseTo(sec, 1);
    const range = `start_ts=${rows[0].start}&end_ts=${rows[0].end}`;
    const whole = { messages: '', videoFrames: video, audioFrames: audio };
    expect(await decode(`${manager.url}/api/record/${stream}/hls/index.m3u8?${range}`)).toEqual(whole);
    expect(await decode(`${manager.url}/api/record/${stream}/clip.mp4?${range}`)).toEqual(whole);
  });
});
