import { cp, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { capturePath } from '../../../e2e/support/capture-storage.ts';
import { type CheckedCaptures, checkCaptures } from '../../../e2e/support/integrity-bench.ts';
import { type S3Server, startS3Server } from '../../../e2e/support/s3-server.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { IntegrityFinding, IntegrityScope } from '../../../src-shared/model/integrity.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { S3Store } from '../storage/s3-store.ts';
import { runSchedule } from './check-schedule.ts';

/** Damaged init files, recordings that are there twice, and a bucket that is checked at night. */

const CAM1 = 'cam1/1795345208';
let test: TestDatabase;
let bench: CheckedCaptures;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
afterEach(() => bench.close());

async function found(scope: IntegrityScope = {}): Promise<IntegrityFinding[]> {
  await bench.service.start(scope);
  await bench.service.finished();
  const { run } = await bench.service.status();
  expect(run).toMatchObject({ state: 'done', problem: null });
  return bench.service.findings({ isResolved: false, afterId: 0, limit: 100 });
}

describe('an init file', () => {
  it.each([
    ['emptied', (file: string) => truncate(file, 0)],
    ['cut off', (file: string) => truncate(file, 300)],
    ['written over with zeros', (file: string) => writeFile(file, Buffer.alloc(657))],
  ])('that was %s is found, whatever is in the index of it', async (_, damage) => {
    bench = await checkCaptures(test);
    expect(await found()).toEqual([]);
    await damage(path.join(bench.root, CAM1, 'v_init.m4s'));
    const [finding, ...more] = await found();
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ kind: 'bad-object', stream: 'cam1', place: `${CAM1}/v_init.m4s` });
    expect(finding?.reason).toMatch(/cannot be read: .*no video of this recording can be played/);
    expect(finding?.repair).toBeNull();
  });

  it('whose size and time tell nothing is found by a deep check', async () => {
    bench = await checkCaptures(test);
    const file = path.join(bench.root, CAM1, 'v_init.m4s');
    await writeFile(file, Buffer.alloc(657));
    const { query } = bench;
    const [track] = await query(
      `select t.init_mark from tracks t where t.init_path = '${CAM1}/v_init.m4s' and t.init_mark is not null`,
    );
    const modifiedMs = Number(String(track?.init_mark).split(' ')[1]);
    await utimes(file, modifiedMs / 1000, modifiedMs / 1000);
    expect((await found({ isDeep: true })).map(({ kind, place }) => `${kind} ${place}`)).toEqual([
      `bad-object ${CAM1}/v_init.m4s`,
    ]);
  });
});

it('finds a recording whose time another of the same stream and node covers too', async () => {
  bench = await checkCaptures(test, {
    change: (root) =>
      cp(capturePath('head/recordings', CAM1), path.join(root, 'cam1/1795345211'), {
        recursive: true,
      }),
  });
  const findings = await found();
  expect(findings.map(({ kind, place }) => `${kind} ${place}`)).toEqual(['overlap cam1/1795345211']);
  expect(findings[0]).toMatchObject({ stream: 'cam1', nodeAlias: 'edge-1', repair: null });
  expect(findings[0]?.reason).toContain('one is a copy of the other');
});

it('says of recordings whose storage was taken out of liveman.toml where they lie', async () => {
  bench = await checkCaptures(test);
  await rename(path.join(bench.root, CAM1), path.join(bench.folder, 'elsewhere'));
  await bench.query(`update recordings set place = '/srv/harbour' where dir = '${CAM1}'`);
  const findings = await found({ stream: 'cam1' });
  expect(findings.length).toBeGreaterThan(4);
  for (const { kind, place, reason } of findings) {
    expect(kind).toBe('missing-object');
    expect(reason).toContain(`${place} lies in /srv/harbour, which is no storage of liveman.toml any more.`);
  }
  const [row] = findings.filter(({ place }) => place.endsWith('v_seg_0001.m4s'));
  expect(row?.repair).toBe('mark-missing');
});

describe('a bucket', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startS3Server();
  });
  afterAll(() => server.close());

  it('is checked at night like a folder: what is gone and what is cut off', async () => {
    bench = await checkCaptures(test, {
      bucket: server,
      schedule: { every_days: 7, at_hour: 3, max_minutes: 1 },
    });
    const { query, service } = bench;
    const bucket = new S3Store({
      bucket: server.bucket,
      root: 'media',
      region: server.region,
      endpoint: server.url,
      access_key_id: server.keyId,
      secret_access_key: server.secret,
      disable_config_load: true,
    });
    const put = async (objectPath: string, body: Buffer): Promise<void> => {
      const { url } = await bucket.presign({ method: 'PUT', path: objectPath, ttlSeconds: 60 });
      expect((await fetch(url, { method: 'PUT', body: new Uint8Array(body) })).status).toBe(200);
    };
    await bucket.remove([`${CAM1}/v_seg_0002.m4s`]);
    const cut = 'cam3/1795345208/v_seg_0003.m4s';
    await put(cut, await bucket.read(cut, 0, 1000));
    await query(`update schema_migrations set applied_at = now() - interval '30 days'`);

    const stop = new AbortController();
    const clock: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(5, signal) };
    const config = { every_days: 7, at_hour: 3, max_minutes: 1 };
    const tools = { config, database: test.database, integrity: service, clock, logger: silentLogger };
    const running = runSchedule(tools, stop.signal);
    await vi.waitFor(async () => expect((await service.status()).run?.state).toBe('done'), {
      timeout: 30_000,
    });
    stop.abort();
    await running;
    expect((await service.status()).run).toMatchObject({ isScheduled: true, isRepairing: false });
    const findings = await service.findings({ isResolved: false, afterId: 0, limit: 100 });
    expect(findings.map(({ kind, place }) => `${kind} ${place}`).sort()).toEqual([
      `missing-object ${CAM1}/v_seg_0002.m4s`,
      `wrong-size ${cut}`,
    ]);
  });

  it('that refuses the key is said not to be checked, and nothing in it is taken for lost', async () => {
    bench = await checkCaptures(test, { bucket: server });
    const { secret } = server;
    server.secret = 'rotated';
    try {
      const findings = await found();
      expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['storage-away']));
      expect(findings[0]?.reason).toMatch(/secret/i);
      expect(findings[0]?.reason).not.toContain('..');
    } finally {
      server.secret = secret;
    }
  });
});
