import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { type Clock, nowUs, systemClock } from '../base/clock.ts';
import { ReportDoor } from './report-door.ts';

const S = 1_000_000;
const NOON_MS = Date.UTC(2026, 4, 1, 12);
const HOUR_MS = 3_600_000;

/** A wall clock that can be set apart from the time that passes. */
class SetClock implements Clock {
  #passedMs = 0;
  #wallMs = NOON_MS;

  nowMs = () => this.#wallMs + this.#passedMs;
  monotonicMs = () => this.#passedMs;
  sleep = systemClock.sleep;

  pass(ms: number): void {
    this.#passedMs += ms;
  }

  set(byMs: number): void {
    this.#wallMs += byMs;
  }
}

let test: TestDatabase;
let clock: SetClock;
let door: ReportDoor;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.database.pool.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  clock = new SetClock();
  door = new ReportDoor({ database: test.database, clock, onWritten: () => {} });
});

/** Reports the nth segment of ten seconds, on a media clock or the node's wall clock, as it ends or `lateMs` after. */
async function report(n: number, isMedia = true): Promise<void> {
  const start_ts = (isMedia ? 0 : NOON_MS * 1000) + n * 10 * S;
  const path = `cam/2026/05/01/seg_${String(n + 1).padStart(4, '0')}.m4s`;
  const segment = { start_ts, end_ts: start_ts + 10 * S, duration_ms: 10_000, path, is_keyframe: true };
  await door.report({ node_alias: 'edge', stream: 'cam', segments: [segment] }, nowUs(clock));
}

async function rows(): Promise<[number, number][]> {
  const { rows: found } = await test.database.pool.query('select seq, start_ts from segments order by seq');
  return found.map((row) => [row.seq, Math.round(row.start_ts / S - NOON_MS / 1000)]);
}

it.each([-HOUR_MS, 3 * HOUR_MS])('knows a repeat after the clock was set by %i ms', async (byMs) => {
  clock.pass(10_000);
  await report(0);
  clock.pass(10_000);
  await report(1);
  clock.set(byMs);
  clock.pass(2000);
  await report(1);
  clock.set(-byMs / 2);
  clock.pass(4000);
  await report(1);
  await report(0);
  expect(await rows()).toEqual([
    [1, 0],
    [2, 10],
  ]);
  // What is new after that has the time that the clock now says.
  clock.pass(4000);
  await report(2);
  expect(await rows()).toEqual([
    [1, 0],
    [2, 10],
    [3, 20 + byMs / 2000],
  ]);
});

it('goes on in the session when the clock is set back to what it was', async () => {
  for (let n = 0; n < 6; n += 1) {
    if (n === 2) clock.set(HOUR_MS);
    if (n === 4) clock.set(-HOUR_MS);
    clock.pass(10_000);
    await report(n);
  }
  expect(await rows()).toEqual([
    [1, 0],
    [2, 10],
    [3, 3620],
    [4, 3630],
    [5, 40],
    [6, 50],
  ]);
  const { rows: recordings } = await test.database.pool.query('select session_no from recordings order by 1');
  expect(recordings).toEqual([{ session_no: 0 }, { session_no: 1 }]);
});

it('follows a clock that is set by seconds, and leaves the times of nodes as they are', async () => {
  clock.pass(10_000);
  await report(0);
  clock.set(-5000);
  clock.pass(10_000);
  await report(1);
  expect(await rows()).toEqual([
    [1, -5],
    [2, 5],
  ]);
  await test.database.pool.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  for (const n of [0, 1, 1, 2]) {
    clock.set(HOUR_MS * (n - 1));
    await report(n, false);
  }
  expect(await rows()).toEqual([
    [1, 0],
    [2, 10],
    [3, 20],
  ]);
});
