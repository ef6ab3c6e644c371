import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { S3Store } from '../src-main/core/storage/s3-store.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturePath, captureTimes } from './support/capture-storage.ts';
import { indexRows } from './support/captured-list.ts';
import { type S3Fault, type S3Server, startS3Server } from './support/s3-server.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** A bucket that fails while it is indexed, synced and served: nothing wrong is written or sent, and words say why. */

const DIR = 'cam3/1795345208';
const SEGMENT = `${DIR}/v_seg_0002.m4s`;
/** Of one call; the service's silence is noticed after it. */
const LIMIT_MS = 2000;

interface Case {
  readonly name: string;
  readonly fault: S3Fault;
  /** How often it is asked for at least where that happens again and again. */
  readonly tries: number;
  /** What is said where it lasts; null where it only takes longer. */
  readonly words: RegExp | null;
}
const RESET: Case = {
  name: 'a reset',
  fault: { kind: 'reset' },
  tries: 3,
  words: /cannot be reached \(ECONNRESET\)/,
};
const SLOW: Case = { name: 'slowness', fault: { kind: 'delay', ms: 700 }, tries: 1, words: null };
const REFUSED: Case = {
  name: 'a refusal',
  fault: { kind: 'status', status: 403, code: 'AccessDenied' },
  tries: 1,
  words: /no permission/,
};
const ERROR: Case = {
  name: 'an error of the service',
  fault: { kind: 'status', status: 500, code: 'InternalError' },
  tries: 3,
  words: /answered 500 InternalError/,
};
const CUT: Case = {
  name: 'an answer that is cut off',
  fault: { kind: 'truncate', afterBytes: 40 },
  tries: 3,
  words: /cannot be reached \((ECONNRESET|aborted)\)/,
};
const SILENCE: Case = {
  name: 'silence',
  fault: { kind: 'hang' },
  tries: 1,
  words: /did not answer within 2 s/,
};

let s3: S3Server;
let test: TestDatabase;

function openBucket(): S3Store {
  return new S3Store(
    {
      bucket: s3.bucket,
      root: 'media',
      region: s3.region,
      endpoint: s3.url,
      access_key_id: s3.keyId,
      secret_access_key: s3.secret,
      disable_config_load: true,
    },
    LIMIT_MS,
  );
}

/** Lets the fault happen to the next `count` requests that are such ones; answers how many came. */
function failNext(count: number, fault: S3Fault, isSuch: (method: string, path: string) => boolean) {
  const seen = { count: 0 };
  s3.fault = (method, path) => {
    if (!isSuch(method, path)) return undefined;
    seen.count += 1;
    return seen.count <= count ? fault : undefined;
  };
  return seen;
}

const isListing = (_: string, path: string) => path.includes('list-type=2');
const isReading = (method: string, path: string) => method === 'GET' && path.includes(SEGMENT);
const isManifest = (method: string, path: string) => method === 'GET' && path.includes('manifest.mpd');

async function readRows() {
  const { rows } = await test.database.pool.query(
    `select path, seq, state, start_ts, end_ts, size_bytes, analysis from segments order by path`,
  );
  return rows;
}

async function clear(): Promise<void> {
  await test.database.pool.query(`truncate recordings, tracks, segments, coverage, recorded_streams, day_totals,
    storage_scans, node_recordings, sync_cursors, node_places`);
}

beforeAll(async () => {
  s3 = await startS3Server();
  test = await createTestDatabase();
  const store = openBucket();
  for (const path of Object.keys(await captureTimes('head'))) {
    if (!path.startsWith(`${DIR}/`)) continue;
    const { url } = await store.presign({ method: 'PUT', path, ttlSeconds: 60 });
    const body = await readFile(capturePath('head/recordings', path));
    expect((await fetch(url, { method: 'PUT', body })).status).toBe(200);
  }
});
afterEach(() => {
  s3.fault = () => undefined;
});
afterAll(async () => {
  await test?.close();
  await s3?.close();
});

describe.each([
  ['listing', isListing],
  ['the reading of a segment', isReading],
] as const)('while a bucket is indexed, in %s', (_, isSuch) => {
  let expected: unknown[];
  const index = () =>
    indexStorage({
      database: test.database,
      store: openBucket(),
      clock: systemClock,
      logger: silentLogger,
      nodeAlias: 'edge-1',
    });
  beforeAll(async () => {
    await clear();
    await index();
    expected = await readRows();
    expect(expected).toHaveLength(7);
  });
  beforeEach(clear);

  it.each([RESET, SLOW, ERROR, CUT])('$name that passes is got over', async ({ fault, tries }) => {
    const seen = failNext(2, fault, isSuch);
    expect(await index()).toMatchObject({ addedCount: 7, problems: [] });
    expect(seen.count).toBeGreaterThanOrEqual(tries);
    expect(await readRows()).toEqual(expected);
  });

  it.each([RESET, REFUSED, ERROR, CUT, SILENCE])(
    '$name that lasts is told in words, and another run adds the rest',
    async ({ fault, tries, words }) => {
      const seen = failNext(1000, fault, isSuch);
      // One folder that cannot be read is left to the next run, a listing ends it.
      const told = await index().then(
        ({ problems }) => problems.join('\n'),
        (error: unknown) => {
          expect(isSuch).toBe(isListing);
          expect(error).toMatchObject({ code: 'storage_unavailable' });
          return String(error);
        },
      );
      expect(told).toMatch(words as RegExp);
      expect(seen.count).toBeGreaterThanOrEqual(tries);
      expect(seen.count).toBeLessThan(20);
      const written = await readRows();
      expect(expected).toEqual(expect.arrayContaining(written));
      expect(written.map(({ path }) => path)).not.toContain(SEGMENT);
      s3.fault = () => undefined;
      await index();
      expect(await readRows()).toEqual(expected);
    },
  );
});

describe('of a manager whose storage is the bucket', () => {
  let folder: string;
  let manager: Manager;
  let node: FakeNode;
  let bytes: Buffer;
  let listedRow: Awaited<ReturnType<typeof indexRows>>[number];

  beforeAll(async () => {
    await clear();
    bytes = await readFile(capturePath('head/recordings', SEGMENT));
    listedRow = (await indexRows('head')).find(({ record_dir: dir }) => dir === DIR) as typeof listedRow;
    folder = await mkdtemp(join(tmpdir(), 'liveman-faults-'));
    node = await createFakeNode({ generation: 'head' });
    manager = await createTestManager({
      folder,
      databaseUrl: test.url,
      toml: `[recorder.storage]
type = "s3"
bucket = "${s3.bucket}"
root = "media"
region = "${s3.region}"
endpoint = "${s3.url}"
access_key_id = "${s3.keyId}"
secret_access_key = "${s3.secret}"
[record_sync]
enabled = true
tick_ms = 200
[[nodes]]
alias = "edge-1"
url = "${node.url}"
`,
    });
  });
  afterAll(async () => {
    await manager?.close();
    await node?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const read = () =>
    fetch(`${manager.url}/api/record/object/${SEGMENT}`, { headers: { range: 'bytes=100-4099' } });

  it.each([RESET, SLOW, ERROR, CUT])(
    'a client gets its range in spite of $name',
    async ({ fault, tries }) => {
      const seen = failNext(2, fault, isReading);
      const response = await read();
      expect([response.status, response.headers.get('content-range')]).toEqual([
        206,
        `bytes 100-4099/${bytes.length}`,
      ]);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(100, 4100))).toBe(true);
      expect(seen.count).toBeGreaterThanOrEqual(tries);
    },
  );

  it.each([RESET, REFUSED, ERROR])('a client is told of $name that lasts', async ({ fault, words }) => {
    failNext(1000, fault, isReading);
    const response = await read();
    expect(response.status).toBe(503);
    const message = await response.text();
    expect(message).toMatch(words as RegExp);
    expect(message).not.toContain(s3.secret);
  });

  it('a client never takes a part for the whole', async () => {
    failNext(1000, { kind: 'truncate', afterBytes: 0 }, isReading);
    const outcome = await read().then(
      async (response) => ({
        status: response.status,
        body: await response.arrayBuffer().catch(() => 'broken'),
      }),
      () => ({ status: 0, body: 'broken' }),
    );
    if (outcome.status === 206) expect(outcome.body).toBe('broken');
    else expect([0, 503]).toContain(outcome.status);
  });

  const problem = async () => {
    const { rows } = await test.database.pool.query('select problem, state from node_recordings');
    return rows[0] ?? null;
  };
  const list = () => {
    const { end_ts: endUs, record, record_dir: recordDir, start_ts: startUs, stream } = listedRow;
    node.recordings.begin({ record, stream, recordDir, startUs });
    node.recordings.complete({ record, stream }, endUs, 'Completed');
  };
  const acknowledged = () =>
    expect.poll(() => node.recordings.all()[0]?.status, { timeout: 20_000, interval: 50 }).toBe('Acked');

  it.each([RESET, SLOW, ERROR, CUT])(
    'a listed recording is indexed in spite of $name in its manifest',
    async ({ fault, tries }) => {
      await clear();
      const seen = failNext(2, fault, isManifest);
      list();
      await acknowledged();
      expect(seen.count).toBeGreaterThanOrEqual(tries);
      // The row says so only after the node has answered.
      await expect.poll(problem, { timeout: 20_000 }).toEqual({ state: 'acknowledged', problem: null });
      expect(await readRows()).toHaveLength(7);
    },
  );

  it.each([RESET, REFUSED, ERROR, { ...CUT, fault: { kind: 'truncate', afterBytes: 0 } as const }])(
    'a listed recording stays open while there is $name in its manifest, and is indexed after it',
    async ({ fault, words }) => {
      await clear();
      failNext(10_000, fault, isManifest);
      list();
      await expect
        .poll(problem, { timeout: 20_000, interval: 50 })
        .toMatchObject({ state: 'open', problem: expect.stringMatching(words as RegExp) });
      expect(node.recordings.all()[0]?.status).toBe('Completed');
      expect(await readRows()).toEqual([]);
      s3.fault = () => undefined;
      await acknowledged();
      expect(await readRows()).toHaveLength(7);
    },
  );
});
