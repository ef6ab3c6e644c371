import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { AlertMute, AlertMuteInput } from '../../../src-shared/model/alert-mute.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Cluster } from '../nodes/cluster.ts';
import type { AlertChange } from './alert-book.ts';
import { AlertMutes } from './alert-mutes.ts';
import { createAlerting } from './create-alerting.ts';

const NODE = { kind: 'node', name: 'edge-01' } as const;
const STREAM = { kind: 'stream', name: 'cam1' } as const;
/** A kind that is told at once. */
const KIND = 'recording-stalled';
const QUIET = {
  database: { isUp: true },
  storage: { isUp: true, usedBytes: null },
  otherStorages: [] as SystemStatus['otherStorages'],
  journal: { entryCount: 0, setAsideCount: 0, problem: null },
  secrets: { place: 'here', problem: null, missing: null },
} as SystemStatus;

let test: TestDatabase;
let closing: (() => Promise<unknown> | unknown)[];

beforeEach(async () => {
  test = await createTestDatabase();
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await test.close();
});

function start(): AlertMutes {
  const mutes = new AlertMutes({
    database: test.database,
    clock: systemClock,
    logger: silentLogger,
    readEveryMs: 200,
  });
  closing.push(() => mutes.close());
  mutes.start();
  return mutes;
}

function input(changes: Partial<AlertMuteInput>): AlertMuteInput {
  return { kind: null, object: NODE, endsAtMs: null, reason: '', ...changes };
}

const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 50 });

it('is kept over a restart, seen by other managers, and ended', async () => {
  const mutes = start();
  const told: (readonly AlertMute[])[] = [];
  mutes.onDidChange((now) => told.push(now));
  const mute = await mutes.add(input({ kind: KIND, reason: 'Being repaired.' }), 'op');
  expect(mutes.list()).toEqual([mute]);
  expect(mute).toMatchObject({ kind: KIND, object: NODE, reason: 'Being repaired.', createdBy: 'op' });
  const other = start();
  await poll(() => other.list()).toEqual([mute]);
  expect(await mutes.remove(mute.id)).toEqual(mute);
  expect(mutes.list()).toEqual([]);
  expect(told.map((each) => each.length)).toEqual([1, 0]);
  // The one who did not end it sees it go, too.
  await poll(() => other.list()).toEqual([]);
  for (const id of [mute.id, 'none']) {
    await expect(mutes.remove(id)).rejects.toMatchObject({ code: 'not_found' });
  }
});

it('is not about everything, and not over already', async () => {
  const mutes = start();
  for (const wrong of [{ object: null }, { endsAtMs: Date.now() - 1 }]) {
    await expect(mutes.add(input(wrong), 'op')).rejects.toMatchObject({ code: 'unprocessable' });
  }
});

it('ends by itself', async () => {
  const mutes = start();
  await mutes.add(input({ endsAtMs: Date.now() + 300 }), 'op');
  expect(mutes.list()).toHaveLength(1);
  await poll(() => mutes.list()).toEqual([]);
});

it('keeps an alert out of notifications and counts, not out of the list; others are told', async () => {
  const cluster = new Cluster({
    clock: systemClock,
    logger: silentLogger,
    activity: { isRecording: () => false },
  });
  const notified: AlertChange[] = [];
  const { alerts, close, mutes } = createAlerting({
    config: { webhooks: [] },
    database: test.database,
    cluster,
    activity: { isRecording: () => false, candidates: () => new Set() },
    readStatus: () => QUIET,
    notify: (change) => notified.push(change),
    clock: systemClock,
    logger: silentLogger,
  });
  closing.push(() => cluster.close(), close);
  await mutes.add(input({ object: STREAM }), 'op');
  alerts.raise(KIND, STREAM, 'No new segment.');
  alerts.raise('cascade-failed', { kind: 'stream', name: 'cam2' }, 'No target.');
  const page = await alerts.list({ state: 'open', limit: 10, offset: 0 });
  expect(page).toMatchObject({ totalCount: 2, openCount: 2, unacknowledgedCount: 1 });
  alerts.resolve(KIND, STREAM);
  await poll(() => alerts.open().length).toBe(1);
  const [other] = alerts.open();
  const noted = await alerts.acknowledge(other!.id, 'op', 'A node was added.');
  expect(noted).toMatchObject({ note: 'A node was added.', acknowledgedBy: 'op' });
  expect(notified.map(({ alert, event }) => [alert.object.name, event])).toEqual([
    ['cam2', 'opened'],
    ['cam2', 'closed'],
  ]);
  await poll(async () =>
    (await alerts.list({ state: 'closed', limit: 10, offset: 0 })).alerts.map(({ note }) => note).sort(),
  ).toEqual(['', 'A node was added.']);
});
