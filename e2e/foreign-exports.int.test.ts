import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { S3Store } from '../src-main/core/storage/s3-store.ts';
import type { ExportJob } from '../src-shared/model/export-job.ts';
import { capturePath, captureTimes } from './support/capture-storage.ts';
import { type EventStream, followEvents } from './support/event-stream.ts';
import { type S3Server, startS3Server } from './support/s3-server.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** An export at one of two managers, seen and steered at the other one; the storage is slow, so that it takes a while. */

const DIR = 'cam1/1795345208';

let s3: S3Server;
let test: TestDatabase;
const folders: string[] = [];
let writer: Manager;
let watcher: Manager;
let events: EventStream;

beforeAll(async () => {
  s3 = await startS3Server();
  test = await createTestDatabase();
  const store = new S3Store(
    {
      bucket: s3.bucket,
      region: s3.region,
      endpoint: s3.url,
      access_key_id: s3.keyId,
      secret_access_key: s3.secret,
      disable_config_load: true,
    },
    20_000,
  );
  for (const path of Object.keys(await captureTimes('head'))) {
    if (!path.startsWith(`${DIR}/`)) continue;
    const { url } = await store.presign({ method: 'PUT', path, ttlSeconds: 60 });
    await fetch(url, { method: 'PUT', body: await readFile(capturePath('head/recordings', path)) });
  }
  const { database } = test;
  await indexStorage({ database, store, clock: systemClock, logger: silentLogger, nodeAlias: 'edge-1' });
  [writer, watcher] = [await start(), await start()];
  events = await followEvents(watcher.url);
});
afterAll(async () => {
  events?.close();
  await writer?.close();
  await watcher?.close();
  await test?.close();
  await s3?.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<Manager> {
  const folder = await mkdtemp(join(tmpdir(), 'liveman-exports-'));
  folders.push(folder);
  const toml =
    `[recorder.storage]\ntype = "s3"\nbucket = "${s3.bucket}"\nregion = "${s3.region}"\nendpoint = "${s3.url}"\n` +
    `access_key_id = "${s3.keyId}"\nsecret_access_key = "${s3.secret}"\n`;
  return createTestManager({ folder, databaseUrl: test.url, toml });
}

async function call(manager: Manager, method: string, path: string, body?: unknown) {
  const reply = await fetch(manager.url + path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  return JSON.parse(await reply.text());
}

/** Begins an export at the writer that takes some seconds. */
async function begin(): Promise<string> {
  s3.fault = () => undefined;
  const { segments } = await call(writer, 'GET', '/api/record/cam1/timeline?limit=1000');
  const range = { startUs: segments[0].start_ts, endUs: segments.at(-1).end_ts };
  await call(writer, 'POST', '/api/exports/preview', { stream: 'cam1', ...range });
  s3.fault = (method, path) =>
    method === 'GET' && path.includes('_seg_') ? { kind: 'delay', ms: 1500 } : undefined;
  const { exports } = await call(writer, 'POST', '/api/exports', { stream: 'cam1', ...range });
  return exports[0].id;
}

const jobs = async (manager: Manager): Promise<ExportJob[]> =>
  (await call(manager, 'GET', '/api/exports')).exports;
const jobAt = async (manager: Manager, id: string) => (await jobs(manager)).find((job) => job.id === id);
/** Whether an event of the watcher tells that of the job. */
const tells = (id: string, isWanted: (job: ExportJob) => boolean) => (data: unknown) =>
  JSON.stringify(data).includes(id) && findJobs(data).some((job) => job.id === id && isWanted(job));

function findJobs(data: unknown): ExportJob[] {
  if (typeof data !== 'object' || data === null) return [];
  if ('state' in data && 'writtenBytes' in data) return [data as ExportJob];
  return Object.values(data).flatMap(findJobs);
}

it('shows how far it is, at every manager and in its events, and that it is done', async () => {
  await expect
    .poll(async () => (await call(writer, 'GET', '/api/managers')).managers.length, { timeout: 20_000 })
    .toBe(2);
  const id = await begin();
  const isHalfway = ({ host, sizeBytes, state, writtenBytes }: ExportJob) =>
    state === 'running' && host !== null && writtenBytes > 0 && writtenBytes < (sizeBytes ?? 0);
  await events.wait('exports', tells(id, isHalfway), 40_000);
  const seen = await jobAt(watcher, id);
  expect(seen?.writtenBytes).toBeGreaterThan(0);
  s3.fault = () => undefined;
  await events.wait(
    'exports',
    tells(id, ({ state }) => state === 'done'),
    40_000,
  );
  const [own, foreign] = [await jobAt(writer, id), await jobAt(watcher, id)];
  expect(foreign).toEqual({ ...own, host: expect.any(String) });
});

it('is cancelled from another manager, and nothing of it is left', async () => {
  const id = await begin();
  await events.wait(
    'exports',
    tells(id, ({ writtenBytes }) => writtenBytes > 0),
    40_000,
  );
  expect(await call(watcher, 'POST', `/api/exports/${id}/cancel`)).toMatchObject({ state: 'cancelled' });
  await expect.poll(async () => (await jobAt(writer, id))?.state, { timeout: 10_000 }).toBe('cancelled');
  const leftovers = async () =>
    (await readdir(join(folders[0] as string, 'exports'))).filter((name) => !name.endsWith('.mp4'));
  await expect.poll(leftovers, { timeout: 10_000 }).toEqual([]);
  expect((await jobAt(watcher, id))?.writtenBytes).toBe(0);
});
