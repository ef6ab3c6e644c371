import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CaptureVersion, capturePath, copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { indexFolder } from '../segments/index-folder.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { FOUND_NODE, NodePlaces } from '../segments/node-places.ts';
import type { ReportedSegment } from '../segments/report-check.ts';
import { ReportDoor } from '../segments/report-door.ts';
import { SegmentPartitions } from '../segments/segment-partitions.ts';
import { recordingFolders } from '../segments/storage-folders.ts';
import { verifyCoverage } from '../segments/verify-coverage.ts';
import { verifyTotals } from '../segments/verify-totals.ts';
import { FsStore } from '../storage/fs-store.ts';
import { PullSync } from './pull-sync.ts';

/** More than a handful when asked for: `DOOR_RUNS=500 npx vitest run --project integration four-doors`. */
const RUNS = Number(process.env.DOOR_RUNS ?? 8);
const LIMIT = { timeout: 60_000 + RUNS * 3000 };
const S = 1_000_000;
const ALIAS = 'edge-1';

/** What a door is asked to do; `upTo` counts segments from 1, `isCut` ends all connections on the way. */
type Step = { isCut: boolean } & (
  | { door: 'report'; seq: number; lateMs: number; copies: number }
  | { door: 'pull' | 'sync'; upTo: number }
  | { door: 'index' }
);

interface Row {
  node_alias: string;
  track: string;
  path: string;
  seq: number;
  start_ts: number;
  end_ts: number;
}

let test: TestDatabase;
let root: string;
let server: Server;
let offered: ReportedSegment[] = [];
const dispatcher = new Agent();

beforeAll(async () => {
  test = await createTestDatabase();
  root = await mkdtemp(path.join(os.tmpdir(), 'four-doors-'));
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ segments: offered, last_ts: null }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await dispatcher.close();
  await rm(root, { recursive: true, force: true });
  await test.close();
});

/** The clock of a manager to whom something comes at this time. */
function clockAt(atUs: number): Clock {
  return { nowMs: () => atUs / 1000, monotonicMs: () => 0, sleep: systemClock.sleep };
}

/** A recording as it lies in storage, and as its node tells of it. */
class Recording {
  constructor(
    readonly storageDir: string,
    readonly stream: string,
    /** Pictures by number, from 1, as reported. */
    readonly told: readonly ReportedSegment[],
    /** Wall time of what is reported: of media times, where they begin. */
    readonly zeroUs: number,
  ) {}

  endUs(seq: number): number {
    return this.zeroUs + (this.told[seq - 1]?.end_ts ?? 0);
  }

  async run(step: Step): Promise<void> {
    const { database } = test;
    const nowUs = step.door === 'report' ? this.endUs(step.seq) + step.lateMs * 1000 : 0;
    const places = this.#places();
    const store = new FsStore(this.storageDir);
    const door = new ReportDoor({ database, clock: systemClock, places, store, onWritten: () => {} });
    const report = (segments: ReportedSegment[], atUs: number) =>
      door.report({ node_alias: ALIAS, stream: this.stream, segments }, atUs);
    if (step.door === 'report') {
      const segment = this.told[step.seq - 1];
      if (segment)
        await report(
          Array.from({ length: step.copies }, () => segment),
          nowUs,
        );
    } else if (step.door === 'pull') {
      offered = this.told.slice(0, step.upTo);
      const { port } = server.address() as AddressInfo;
      const clock = clockAt(this.endUs(step.upTo) + 0.5 * S);
      const pull = new PullSync({ database, dispatcher, clock, report: (r, at) => report(r.segments, at) });
      const node = { alias: ALIAS, url: `http://127.0.0.1:${port}`, token: '' };
      await pull.sync(node, [this.stream], new AbortController().signal);
    } else {
      await this.#fromFiles(step.door === 'sync' ? step.upTo : null);
    }
    await door.close();
  }

  /** As two managers see it that were configured apart: all that is known of nodes is in the database. */
  #places(): NodePlaces {
    return new NodePlaces({
      database: test.database,
      placeOf: () => this.storageDir,
      isConfigured: () => true,
    });
  }

  async #fromFiles(upTo: number | null): Promise<void> {
    const { database } = test;
    const store = new FsStore(this.storageDir);
    const place = { places: this.#places(), name: store.name };
    if (upTo === null) {
      // Nobody says here which node it was.
      await indexStorage({ database, store, place, clock: systemClock, logger: silentLogger });
      return;
    }
    const { signal } = new AbortController();
    const partitions = new SegmentPartitions(database.db, systemClock);
    for await (const { folder } of recordingFolders(store.list(''))) {
      await indexFolder(
        { database, store, partitions, nowMs: Date.now, signal, onBatch: () => {} },
        { ...folder, files: folder.files.filter(({ seq }) => seq <= upTo) },
        {
          indexRow: { stream: this.stream, record: '', nodeAlias: ALIAS, startUs: null, status: 'active' },
          defaultAlias: ALIAS,
          place,
          logger: silentLogger,
        },
      );
    }
  }
}

/** Does a step; where the connections are cut on the way, once more, as whoever asked comes again. */
async function strike(recording: Recording, step: Step): Promise<void> {
  if (!step.isCut) return recording.run(step);
  const first = recording.run(step).catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  await withOwnConnection(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await first;
  // The pool learns of its lost connections one by one.
  for (let tries = 1; ; tries += 1) {
    try {
      return await recording.run(step);
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

async function withOwnConnection(text: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: test.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function query<T>(text: string): Promise<T[]> {
  return (await test.database.pool.query(text)).rows as T[];
}

const readRows = () =>
  query<Row>('select node_alias, track, path, seq, start_ts, end_ts from segments order by path, start_ts');
const readCoverage = () =>
  query<{ node_alias: string; track: string; start_ts: number; end_ts: number }>(
    'select node_alias, track, start_ts, end_ts from coverage order by track, start_ts',
  );

async function clear(): Promise<void> {
  await query(
    'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, sync_cursors, node_places',
  );
}

/** What the stored coverage and totals do not have in common with a recount. */
async function differences(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of verifyCoverage(test.database)) found.push(each);
  for await (const each of verifyTotals(test.database)) found.push(each);
  return found;
}

function steps(recording: Recording, hasPull: boolean): fc.Arbitrary<Step[]> {
  const count = recording.told.length;
  const number = fc.integer({ min: 1, max: count });
  const isCut = fc.boolean();
  const one: fc.Arbitrary<Step>[] = [
    fc.record({
      door: fc.constant('report' as const),
      seq: number,
      // At once, or days later, as a proxy or a spool may send it.
      lateMs: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 61_000, max: 6 * 86_400_000 })),
      copies: fc.integer({ min: 1, max: 3 }),
      isCut,
    }),
    fc.record({ door: fc.constant('sync' as const), upTo: number, isCut }),
    fc.record({ door: fc.constant('index' as const), isCut }),
  ];
  if (hasPull) one.push(fc.record({ door: fc.constant('pull' as const), upTo: number, isCut }));
  return fc.array(fc.oneof(...one), { minLength: 1, maxLength: 8 });
}

async function storageOf(version: CaptureVersion, stream: string): Promise<string> {
  const folder = path.join(root, version);
  await copyCaptures(version, folder, (file) => file.startsWith(`${stream}/`));
  return folder;
}

/** Holds any interleaving to one pass over the files in order; times may differ by `toleranceUs`. */
async function holdToSinglePass(recording: Recording, hasPull: boolean, toleranceUs: number): Promise<void> {
  await clear();
  await recording.run({ door: 'index', isCut: false });
  const expected = await readRows();
  const covered = await readCoverage();
  const near = (a: number, b: number) => Math.abs(a - b) <= toleranceUs;
  await fc.assert(
    fc.asyncProperty(steps(recording, hasPull), async (list) => {
      await clear();
      for (const step of list) await strike(recording, step);
      await recording.run({ door: 'index', isCut: false });
      const found = await readRows();
      expect(found.map((row) => [row.track, row.path, row.seq])).toEqual(
        expected.map((row) => [row.track, row.path, row.seq]),
      );
      // Once the node itself has told of it, all is the node's, however it was found before.
      const owner = list.some(({ door }) => door !== 'index') ? ALIAS : FOUND_NODE;
      expect(new Set(found.map((row) => row.node_alias))).toEqual(new Set([owner]));
      const strays = found.filter((row, i) => !near(row.start_ts, expected[i]?.start_ts ?? 0));
      expect(strays).toEqual([]);
      expect(await query('select count(*)::int as n from recordings')).toEqual([{ n: 1 }]);
      const spans = await readCoverage();
      expect(new Set(spans.map((span) => span.node_alias))).toEqual(new Set([owner]));
      expect(spans.map(({ track }) => track)).toEqual(covered.map(({ track }) => track));
      expect(spans.filter((span, i) => !near(span.end_ts, covered[i]?.end_ts ?? 0))).toEqual([]);
      expect(await differences()).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}

it(
  'gives the rows of one pass, whatever comes through which door how often, of nodes with wall times',
  LIMIT,
  async () => {
    const stream = 'cam1';
    const storageDir = await storageOf('v0.9.0', stream);
    await clear();
    await new Recording(storageDir, stream, [], 0).run({ door: 'index', isCut: false });
    const told = (await readRows())
      .filter(({ track }) => track === 'video')
      .map(({ path: each, ...row }) => ({
        start_ts: row.start_ts,
        end_ts: row.end_ts,
        duration_ms: Math.round((row.end_ts - row.start_ts) / 1000),
        path: each,
        is_keyframe: true,
      }));
    await holdToSinglePass(new Recording(storageDir, stream, told, 0), false, 50_000);
  },
);

it(
  'gives the rows of one pass, whatever comes through which door how often, of nodes with media times',
  LIMIT,
  async () => {
    const stream = 'cam1';
    const storageDir = await storageOf('push', stream);
    await clear();
    await new Recording(storageDir, stream, [], 0).run({ door: 'index', isCut: false });
    const rows = (await readRows()).filter(({ track }) => track === 'video');
    const [{ zero_ts: zeroUs } = { zero_ts: 0 }] = await query<{ zero_ts: number }>(
      `select zero_ts from tracks where track = 'video'`,
    );
    const told = rows.map(({ path: each, ...row }) => ({
      start_ts: row.start_ts - zeroUs,
      end_ts: row.end_ts - zeroUs,
      duration_ms: Math.round((row.end_ts - row.start_ts) / 1000),
      path: each,
      is_keyframe: true,
    }));
    await holdToSinglePass(new Recording(storageDir, stream, told, zeroUs), true, 2.2 * S);
  },
);

it('knows the reports of a real node that come again days later, in whatever order with the files', async () => {
  const storageDir = await storageOf('push', 'cam1');
  const lines = (await readFile(capturePath('push', 'reports.jsonl'), 'utf8')).trim().split('\n');
  const bodies = lines.map((line) => JSON.parse(JSON.parse(line).request.body));
  const files = new Recording(storageDir, 'cam1', [], 0);
  const replay = async () => {
    const store = new FsStore(storageDir);
    const door = new ReportDoor({ database: test.database, clock: systemClock, store, onWritten: () => {} });
    for (const body of bodies) await door.report({ ...body, node_alias: FOUND_NODE }, Date.now() * 1000);
    await door.close();
  };
  const index = () => files.run({ door: 'index', isCut: false });
  const outcome = () =>
    query<{ path: string; track: string }>(
      'select path, track, start_ts / 3000000 as at from segments order by path',
    );
  await clear();
  await index();
  const expected = await outcome();
  await replay();
  expect(await outcome()).toEqual(expected);
  await clear();
  await replay();
  await index();
  expect((await outcome()).map((row) => [row.path, row.track])).toEqual(
    expected.map((row) => [row.path, row.track]),
  );
  const [{ days } = { days: null }] = await query<{ days: unknown }>(
    `select array_agg(distinct to_timestamp(start_ts / 1e6)::date::text) as days from segments where state <> 'bad'`,
  );
  expect(days).toEqual(['2026-11-22']);
});

it('knows a report that comes again later although nothing tells when its object was written', async () => {
  const emptyDir = await mkdtemp(path.join(root, 'empty-'));
  const told = [1, 2, 3].map((seq) => ({
    start_ts: (seq - 1) * 10 * S,
    end_ts: seq * 10 * S,
    duration_ms: 10_000,
    path: `cam1/2026/11/22/seg_000${seq}.m4s`,
    is_keyframe: true,
  }));
  const recording = new Recording(emptyDir, 'cam1', told, Date.UTC(2026, 10, 22, 9) * 1000);
  const send = (seq: number, lateMs: number) =>
    recording.run({ door: 'report', seq, lateMs, copies: 1, isCut: false });
  await clear();
  for (const seq of [1, 2, 3]) await send(seq, 0);
  const expected = await readRows();
  for (const seq of [1, 2, 3]) await send(seq, 3_600_000);
  expect(await readRows()).toEqual(expected);
  expect(await query('select count(*)::int as n from recordings')).toEqual([{ n: 1 }]);
});
