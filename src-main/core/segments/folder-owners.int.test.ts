import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { readOwners } from '../recordings/recording-owners.ts';
import { FsStore } from '../storage/fs-store.ts';
import { indexFolder } from './index-folder.ts';
import { indexStorage } from './index-storage.ts';
import { FOUND_NODE, NodePlaces } from './node-places.ts';
import type { ReportedSegment } from './report-check.ts';
import { ReportDoor } from './report-door.ts';
import type { ForeignReport } from './report-owners.ts';
import { SegmentPartitions } from './segment-partitions.ts';
import { recordingFolders } from './storage-folders.ts';
import { verifyCoverage } from './verify-coverage.ts';
import { verifyTotals } from './verify-totals.ts';

let test: TestDatabase;
let root: string;
/** The storages that nodes record to now; those not named to the one with the captures. */
let placeOf: Record<string, string>;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.database.pool.query(
    'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, node_places',
  );
  root = await mkdtemp(path.join(os.tmpdir(), 'folder-owners-'));
  await copyCaptures('v0.9.0', root, (file) => file.startsWith('cam1/'));
  placeOf = {};
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As a manager that has just started sees it. */
function places(): NodePlaces {
  return new NodePlaces({
    database: test.database,
    placeOf: (alias) => placeOf[alias] ?? root,
    isConfigured: () => true,
  });
}

function index(nodeAlias?: string) {
  const { database } = test;
  const place = { places: places(), name: root };
  return indexStorage({
    database,
    store: new FsStore(root),
    clock: systemClock,
    logger: silentLogger,
    place,
    nodeAlias,
  });
}

async function query<T>(text: string): Promise<T[]> {
  return (await test.database.pool.query(text)).rows as T[];
}

/** The pictures as the node reports them. */
async function toldByNode(): Promise<ReportedSegment[]> {
  await index();
  const rows = await query<{ start_ts: number; end_ts: number; path: string }>(
    `select start_ts, end_ts, path from segments where track = 'video' order by start_ts`,
  );
  await query('truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, node_places');
  return rows.map((row) => ({
    start_ts: row.start_ts,
    end_ts: row.end_ts,
    duration_ms: Math.round((row.end_ts - row.start_ts) / 1000),
    path: row.path,
    is_keyframe: true,
  }));
}

async function report(
  alias: string,
  segments: readonly ReportedSegment[],
  {
    stream = 'cam1',
    onForeign = () => {},
  }: { stream?: string; onForeign?: (report: ForeignReport) => void } = {},
): Promise<void> {
  const { database } = test;
  const door = new ReportDoor({
    database,
    clock: systemClock,
    places: places(),
    onWritten: () => {},
    onForeign,
  });
  await door.report({ node_alias: alias, stream, segments: [...segments] }, Date.now() * 1000);
  await door.close();
}

const owners = () =>
  query<{ node_alias: string; rows: number }>(
    'select node_alias, count(*)::int as rows from segments group by node_alias order by node_alias',
  );
const doubled = () => query('select path from segments group by path having count(*) > 1');

async function expectRightSums(): Promise<void> {
  const found: unknown[] = [];
  for await (const each of verifyCoverage(test.database)) found.push(each);
  for await (const each of verifyTotals(test.database)) found.push(each);
  expect(found).toEqual([]);
}

it('gives what was found in a storage to the node that reports it', async () => {
  const told = await toldByNode();
  await index();
  const [{ rows: count } = { rows: 0 }] = await owners();
  expect(await owners()).toEqual([{ node_alias: FOUND_NODE, rows: count }]);
  await report('edge-1', told.slice(0, 1));
  expect(await owners()).toEqual([{ node_alias: 'edge-1', rows: count }]);
  await report('edge-1', told);
  expect(await owners()).toEqual([{ node_alias: 'edge-1', rows: count }]);
  expect(await query('select distinct node_alias from recorded_streams')).toEqual([{ node_alias: 'edge-1' }]);
  await expectRightSums();
});

it('knows an object that two nodes of one storage report', async () => {
  const told = await toldByNode();
  await report('edge-1', told);
  await report('edge-2', told);
  expect(await owners()).toEqual([{ node_alias: 'edge-1', rows: told.length }]);
  await index();
  expect(await doubled()).toEqual([]);
  expect((await owners()).map((row) => row.node_alias)).toEqual(['edge-1']);
  await expectRightSums();
});

it('does not take what a node tells of another stream that another node records', async () => {
  const told = await toldByNode();
  await report('edge-1', told);
  const heard: ForeignReport[] = [];
  await report('edge-2', told, { stream: 'lobby', onForeign: (foreign) => heard.push(foreign) });
  expect(await query('select distinct stream from segments')).toEqual([{ stream: 'cam1' }]);
  expect(heard[0]).toMatchObject({
    folder: { stream: 'lobby', nodeAlias: 'edge-2' },
    owner: { stream: 'cam1', nodeAlias: 'edge-1' },
  });
  // The folder is nobody's else where the node records elsewhere.
  placeOf = { 'edge-3': 'another storage' };
  await report('edge-3', told, { stream: 'lobby' });
  expect(await query('select distinct node_alias from segments order by 1')).toEqual([
    { node_alias: 'edge-1' },
    { node_alias: 'edge-3' },
  ]);
  // Who owns it by its name sees it, whoever tells of it.
  expect(await readOwners(test.database, told[0]?.path ?? '', '')).toEqual(['cam1']);
});

it('does not take what was found of a stream that other nodes record for another stream', async () => {
  const told = await toldByNode();
  // Nobody knows a stream of the folder's name: it may be any folder.
  await index();
  await report('edge-2', told.slice(0, 1), { stream: 'lobby' });
  expect(await query(`select distinct node_alias from segments where stream = 'lobby'`)).toHaveLength(1);
  await query('truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, node_places');
  await index();
  await query(
    `insert into recordings (id, stream, node_alias, dir, start_ts, end_ts, status)
     values (gen_random_uuid(), 'cam1', 'edge-1', 'cam1/1700000000', 1700000000000000, 1700000001000000, 'completed')`,
  );
  await report('edge-2', told, { stream: 'lobby' });
  expect(await query(`select from segments where stream = 'lobby'`)).toEqual([]);
});

it('marks what another node of the storage has written over, and keeps its time', async () => {
  const told = await toldByNode();
  await report('edge-1', told.slice(0, 1));
  const later = told
    .slice(0, 1)
    .map((each) => ({ ...each, start_ts: each.start_ts + 3_600e6, end_ts: each.end_ts + 3_600e6 }));
  await report('edge-2', later);
  expect(await query('select node_alias, state from segments order by start_ts')).toEqual([
    { node_alias: 'edge-1', state: 'bad' },
    { node_alias: 'edge-2', state: 'pending' },
  ]);
  await expectRightSums();
});

it('keeps apart what two nodes have under one path in two storages', async () => {
  const told = await toldByNode();
  placeOf = { 'edge-2': '/srv/elsewhere' };
  await report('edge-1', told);
  await report('edge-2', told);
  expect(await owners()).toEqual([
    { node_alias: 'edge-1', rows: told.length },
    { node_alias: 'edge-2', rows: told.length },
  ]);
});

it('knows the objects that a node left in its former storage', async () => {
  const told = await toldByNode();
  await report('edge-1', told);
  placeOf = { 'edge-1': '/srv/new' };
  await report('edge-1', []);
  await index();
  expect(await doubled()).toEqual([]);
  expect((await owners()).map((row) => row.node_alias)).toEqual(['edge-1']);
});

it('indexes what two storages have under one path and one guessed name, each for itself', async () => {
  const other = await mkdtemp(path.join(os.tmpdir(), 'folder-owners-'));
  await copyCaptures('v0.9.0', other, (file) => file.startsWith('cam1/'));
  try {
    await index();
    const [{ rows: count } = { rows: 0 }] = await owners();
    const { database } = test;
    const place = { places: places(), name: other };
    const added = await indexStorage({
      database,
      store: new FsStore(other),
      clock: systemClock,
      logger: silentLogger,
      place,
    });
    expect(added).toMatchObject({ addedCount: count, knownCount: 0, problems: [] });
    expect(await query('select place, segment_count::int from recordings order by session_no')).toEqual([
      { place: root, segment_count: count },
      { place: other, segment_count: count },
    ]);
    expect((await index()).knownCount).toBe(count);
    await expectRightSums();
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

it('knows a folder of the operator by the stream that its node lists it with, whichever door comes first', async () => {
  const moved = path.join(root, 'archive4');
  await rename(path.join(root, 'cam1'), moved);
  const [record = ''] = await readdir(moved);
  const dir = `archive4/${record}`;
  const { database } = test;
  const sync = async () => {
    await query(`insert into node_recordings (node_alias, stream, record, dir, start_ts, node_status)
      values ('edge-1', 'doorcam4', '${record}', '${dir}', ${Number(record) * 1e6}, 'completed')
      on conflict do nothing`);
    const partitions = new SegmentPartitions(database.db, systemClock);
    const store = new FsStore(root);
    const { signal } = new AbortController();
    for await (const { folder } of recordingFolders(store.list(''))) {
      await indexFolder({ database, store, partitions, nowMs: Date.now, signal, onBatch: () => {} }, folder, {
        indexRow: {
          record: '',
          stream: 'doorcam4',
          nodeAlias: 'edge-1',
          startUs: Number(record) * 1e6,
          status: 'active',
        },
        defaultAlias: 'edge-1',
        place: { places: places(), name: root },
        logger: silentLogger,
      });
    }
  };
  const listing = () =>
    query(`select r.stream, r.node_alias, count(*)::int as rows, min(s.start_ts) as start_ts
      from recordings r join segments s on s.recording_id = r.id and s.stream = r.stream group by r.id`);
  try {
    await sync();
    const expected = await listing();
    expect(expected).toMatchObject([{ stream: 'doorcam4', node_alias: 'edge-1' }]);
    await index();
    expect(await listing()).toEqual(expected);
    await query(
      'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, node_places, node_recordings',
    );
    await index('edge-1');
    expect(await listing()).toMatchObject([{ stream: 'archive4' }]);
    await sync();
    expect(await listing()).toMatchObject([{ stream: 'doorcam4', node_alias: 'edge-1' }]);
    expect(await query('select distinct stream from recorded_streams')).toEqual([{ stream: 'doorcam4' }]);
    await expectRightSums();
  } finally {
    await query('truncate node_recordings');
  }
});

it('makes one row set where a storage is indexed while its node reports', async () => {
  const told = await toldByNode();
  for (let round = 0; round < 6; round += 1) {
    await query('truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, node_places');
    const indexing = index();
    await systemClock.sleep(round * 8);
    for (const segment of told) await report('edge-1', [segment]);
    await indexing;
    expect(await doubled()).toEqual([]);
    expect((await owners()).map((row) => row.node_alias)).toEqual(['edge-1']);
    await expectRightSums();
  }
});

it('leaves a folder to the stream that a node reports it with, whose name has a slash in it', async () => {
  await mkdir(path.join(root, 'hall'));
  await rename(path.join(root, 'cam1'), path.join(root, 'hall', 'cam1'));
  const told = await toldByNode();
  await report('edge-1', told, { stream: 'hall/cam1' });
  expect(await index()).toMatchObject({ knownCount: told.length });
  expect(await index()).toMatchObject({ addedCount: 0 });
  expect(await query('select stream, node_alias from recordings')).toEqual([
    { stream: 'hall/cam1', node_alias: 'edge-1' },
  ]);
  expect(await query(`select distinct stream, track from segments order by 2`)).toEqual([
    { stream: 'hall/cam1', track: 'audio' },
    { stream: 'hall/cam1', track: 'video' },
  ]);
});

it.each([undefined, 'edge-1'])(
  'gives what was indexed under the last part of a name to the whole, of %s',
  async (alias) => {
    await mkdir(path.join(root, 'hall'));
    await rename(path.join(root, 'cam1'), path.join(root, 'hall', 'cam1'));
    const told = await toldByNode();
    await index(alias);
    expect(await query('select distinct stream from segments')).toEqual([{ stream: 'cam1' }]);
    const before = await query('select id, path, start_ts from segments order by path');
    // Nobody gets it by a name that the path does not have.
    await report('edge-2', told.slice(0, 1), { stream: 'lobby/cam1' });
    await query(`delete from recordings where stream = 'lobby/cam1'`);
    await query(`delete from segments where stream = 'lobby/cam1'`);
    expect(await query('select id, path, start_ts from segments order by path')).toEqual(before);
    await report('edge-1', told, { stream: 'hall/cam1' });
    expect(await query('select id, path, start_ts from segments order by path')).toEqual(before);
    expect(await query('select distinct stream, node_alias from segments')).toEqual([
      { stream: 'hall/cam1', node_alias: 'edge-1' },
    ]);
  },
);

it('gives nothing that is indexed under the stream of its path to one that a node named later', async () => {
  const told = await toldByNode();
  await index();
  await report('edge-1', told.slice(0, 1), { stream: 'lobby' });
  const before = await query('select stream, node_alias, path from segments order by path, stream');
  await index();
  expect(await query('select stream, node_alias, path from segments order by path, stream')).toEqual(before);
});
