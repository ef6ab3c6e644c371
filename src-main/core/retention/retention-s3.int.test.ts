import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../../e2e/support/s3-server.ts';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { FsStore } from '../storage/fs-store.ts';
import { S3Store } from '../storage/s3-store.ts';
import { StoreChain } from '../storage/store-chain.ts';
import { createRetentionBench, NOW_US, type RetentionBench, rule } from './retention-test-kit.ts';
import { runRetention } from './run-retention.ts';

/** Retention on a bucket, with another storage after it in the chain. */

let bench: RetentionBench;
let server: S3Server;
let bucket: S3Store;

beforeAll(async () => {
  [bench, server] = await Promise.all([createRetentionBench(await createTestDatabase()), startS3Server()]);
  bucket = new S3Store({
    bucket: server.bucket,
    root: 'store',
    region: server.region,
    endpoint: server.url,
    access_key_id: server.keyId,
    secret_access_key: server.secret,
    disable_config_load: true,
  });
});
afterAll(async () => {
  await bench?.close();
  await server?.close();
});
beforeEach(async () => {
  await bench.clear();
  server.fault = () => undefined;
});

const RULES = [rule(['*'], { keepDays: 1 })];

/** Records, and moves the files into the bucket. */
async function recordToBucket(stream: string, daysAgo: number, count: number): Promise<void> {
  const dir = await bench.record(stream, NOW_US - daysAgo * US_PER_DAY, count);
  const paths = (await bench.files()).filter((file) => file.startsWith(dir));
  for (const path of paths) {
    const { url } = await bucket.presign({ method: 'PUT', path, ttlSeconds: 60 });
    expect((await fetch(url, { method: 'PUT', body: Buffer.alloc(10) })).status).toBe(200);
  }
  await bench.store.remove(paths);
}

async function inBucket(): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of bucket.list('')) paths.push(path);
  return paths;
}

function chain(): StoreChain {
  return new StoreChain({
    stores: [bucket],
    ofNode: () => bucket,
    readOthers: async () => [new FsStore(bench.root)],
  });
}

const run = () => runRetention({ ...bench.tools, store: chain() }, async () => RULES);

it('removes objects in batches, and with the last what else the recorder wrote', async () => {
  await recordToBucket('cam1', 5, 3);
  await recordToBucket('cam2', 0.5, 1);
  await bench.put('cam1/elsewhere/v_seg_0001.m4s');
  const calls = server.requests.length;
  expect(await run()).toMatchObject({ state: 'done', segments: 6, problem: null });
  expect((await inBucket()).every((path) => path.startsWith('cam2/'))).toBe(true);
  expect(await inBucket()).toHaveLength(5);
  expect(server.requests.slice(calls).filter((line) => line.startsWith('POST'))).toHaveLength(1);
  expect(await bench.contradictions()).toEqual([]);
});

it('removes no row while the bucket refuses, and says why', async () => {
  await recordToBucket('cam1', 5, 2);
  const refuse = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
  server.fault = (method) => (method === 'POST' ? refuse : undefined);
  expect(await run()).toMatchObject({
    state: 'failed',
    segments: 0,
    problem: expect.stringContaining('no permission'),
  });
  expect(await bench.query('select count(*)::int as count from segments')).toEqual([{ count: 4 }]);
  server.fault = () => undefined;
  expect(await run()).toMatchObject({ state: 'done', segments: 4 });
});
