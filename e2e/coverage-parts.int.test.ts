import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** The coverage of many streams is sent in parts; who asks sees nothing of it. */

const STREAMS = 120;
const HOUR_US = 3_600_000_000;
const START_US = Date.UTC(2026, 2, 5) * 1000;
let test: TestDatabase;
let folder: string;
let manager: Manager;

beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-coverage-'));
  await test.database.pool.query(`
    insert into coverage (stream, track, node_alias, start_ts, end_ts, is_estimated)
    select 'cam "' || s || '"', 'video', 'edge-' || s % 3, ${START_US} + h * ${HOUR_US}, ${START_US} + h * ${HOUR_US} + 1000000 * s,
      false
    from generate_series(1, ${STREAMS}) as s, generate_series(0::bigint, 5) as h`);
  manager = await createTestManager({ folder, databaseUrl: test.url });
});
afterAll(async () => {
  await manager?.close();
  await test?.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(streams: readonly string[], more: Record<string, string> = {}) {
  const query = new URLSearchParams({
    start_ts: `${START_US}`,
    end_ts: `${START_US + 6 * HOUR_US}`,
    ...more,
  });
  for (const stream of streams) query.append('stream', stream);
  const reply = await fetch(`${manager.url}/api/coverage?${query}`);
  return { status: reply.status, type: reply.headers.get('content-type'), json: await reply.json() };
}

it('is what each stream has, in the order asked for, once', async () => {
  const streams = Array.from({ length: STREAMS }, (_, i) => `cam "${STREAMS - i}"`);
  const { json, status, type } = await ask([...streams, 'nothing here', ...streams.slice(0, 3)]);
  expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
  expect(json.streams.map(({ stream }: { stream: string }) => stream)).toEqual([...streams, 'nothing here']);
  for (const at of [0, 60, STREAMS - 1]) {
    const one = await ask([streams[at] ?? '']);
    expect(json.streams[at]).toEqual(one.json.streams[0]);
    expect(json.streams[at].nodes[0].spans).toHaveLength(6);
    expect(one.type).toBe(type);
  }
});

it('is refused in words where the range is empty', async () => {
  const streams = Array.from({ length: STREAMS }, (_, i) => `cam "${i + 1}"`);
  const { json, status } = await ask(streams, { end_ts: `${START_US}` });
  expect(status).toBe(400);
  expect(JSON.stringify(json)).toContain('end_ts');
});
