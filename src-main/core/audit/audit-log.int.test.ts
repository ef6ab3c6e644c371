import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { ManualClock } from '../../demo/fake-node/manual-clock.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { AuditBacklog } from './audit-backlog.ts';
import { AuditLog } from './audit-log.ts';
import type { AuditNote } from './audit-note.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test?.close());
afterEach(() => test.database.db.deleteFrom('audit').execute());

const clock = new ManualClock();

function note(change: Partial<AuditNote> = {}): AuditNote {
  return {
    atMs: clock.nowMs(),
    who: 'ops',
    credential: 'account',
    session: 's1',
    action: 'delete stream',
    object: 'cam1',
    outcome: 'ok',
    status: 204,
    address: '192.0.2.7',
    userAgent: 'test',
    ...change,
  };
}

function auditLog(database: Database = test.database, maxWaiting?: number): AuditLog {
  return new AuditLog({ database, clock, logger: silentLogger, ...(maxWaiting ? { maxWaiting } : {}) });
}

const rows = () => test.database.db.selectFrom('audit').selectAll().orderBy('at').orderBy('object').execute();

/** The database of this test as one that can be away. */
function switchable(): { database: Database; setAway(isAway: boolean): void } {
  let isAway = false;
  const database: Database = Object.create(test.database, {
    db: {
      get: () => {
        if (isAway) throw new AppError('database_unavailable', 'The database is away.');
        return test.database.db;
      },
    },
  });
  return {
    database,
    setAway: (value) => {
      isAway = value;
    },
  };
}

describe('AuditLog', () => {
  it('writes notes in one go, whatever is in their texts', async () => {
    const log = auditLog();
    log.note(note());
    log.note(note({ object: `a\0b\ud800${'x'.repeat(9999)}`, details: { text: '\0', big: 1n.toString() } }));
    await log.close();
    const found = await rows();
    expect(found.map((row) => row.action)).toEqual(['delete stream', 'delete stream']);
    const objects = found.map((row) => row.object).sort();
    expect(objects[0]).toMatch(/^a\u{fffd}b\u{fffd}x+…$/u);
    expect(objects[0]).toHaveLength(500);
    expect(objects[1]).toBe('cam1');
  });

  it('makes one entry of what goes on, and begins a new one after a break', async () => {
    const log = auditLog();
    const play = (change: Partial<AuditNote> = {}) =>
      log.note(note({ action: 'play recording', mergeWithinMs: 60_000, ...change }));
    play();
    play();
    await log.flush();
    await clock.advance(30_000);
    play();
    play({ object: 'cam2' });
    play({ address: '192.0.2.8' });
    await log.flush();
    await clock.advance(61_000);
    play();
    await log.close();
    const found = (await rows()).map(({ at, count, last_at, object, address }) => ({
      object,
      address,
      count,
      lastedMs: last_at.getTime() - at.getTime(),
    }));
    expect(found).toHaveLength(4);
    expect(found[0]).toEqual({ object: 'cam1', address: '192.0.2.7', count: 3, lastedMs: 30_000 });
    expect(found.slice(1).map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  it('keeps what was asked for apart, and counts what does not say it to the last', async () => {
    const log = auditLog();
    const download = (startUs: number, change: Partial<AuditNote> = {}) =>
      log.note(note({ action: 'download clip', mergeWithinMs: 60_000, details: { startUs }, ...change }));
    download(1);
    // A range of the same file, cut off.
    download(1, { details: { startUs: 1, isCutOff: true } });
    download(20);
    download(20, { details: {} });
    await log.flush();
    download(1);
    await log.close();
    const found = (await rows()).map(({ count, details }) => ({ count, ...details }));
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { startUs: 1, count: 3 },
        { startUs: 20, count: 2 },
      ]),
    );
  });

  it('keeps over its end what could not be written, and takes up what a command has left', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const { database, setAway } = switchable();
      const logOf = () =>
        new AuditLog({ database, backlog: new AuditBacklog(folder), clock, logger: silentLogger });
      setAway(true);
      const before = logOf();
      before.note(note({ object: 'before' }));
      await before.flush();
      before.note(note({ object: 'at the end' }));
      await before.close();
      await new AuditBacklog(folder).note(note({ object: 'by a command' }));
      await appendFile(join(folder, 'audit-waiting.jsonl'), '{"id":"cut of');
      setAway(false);
      const after = logOf();
      after.note(note({ object: 'after' }));
      await after.flush();
      const objects = (await rows()).map(({ object }) => object);
      expect(objects.sort()).toEqual(['after', 'at the end', 'before', 'by a command']);
      expect(await readdir(folder)).toEqual([]);
      await after.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('keeps what came while the database was away, loses what is too much, and says how much', async () => {
    const { database, setAway } = switchable();
    const log = auditLog(database, 3);
    setAway(true);
    for (let index = 0; index < 5; index += 1) log.note(note({ object: `cam${index}` }));
    await log.flush();
    expect(await rows()).toHaveLength(0);
    expect(log.lostCount).toBe(2);
    setAway(false);
    // After a failure it waits a little before it asks again.
    await log.flush();
    expect(await rows()).toHaveLength(0);
    await clock.advance(5000);
    await log.flush();
    await log.close();
    const found = await rows();
    expect(found.map(({ object }) => object)).toEqual(
      expect.arrayContaining(['cam0', 'cam1', 'cam2', 'audit']),
    );
    expect(found.find(({ action }) => action === 'lose entries')?.details).toMatchObject({ count: 2 });
  });

  it('makes one entry of what is refused to a caller whom nobody knows, and lets it displace nothing', async () => {
    const { database, setAway } = switchable();
    const log = auditLog(database, 20);
    const refused = { who: '', credential: 'none', session: null, outcome: 'refused', status: 401 } as const;
    const junk = { ...refused, mergeWithinMs: 60_000, isOfNobody: true } as const;
    for (let index = 0; index < 50; index += 1) {
      log.note(note({ ...junk, object: `odd-${index}`, userAgent: `odd ${index}`, details: { index } }));
    }
    await log.flush();
    await log.flush();
    expect(await rows()).toMatchObject([{ object: 'odd-0', count: 50 }]);
    setAway(true);
    for (let index = 0; index < 50; index += 1) log.note(note({ ...junk, address: `192.0.2.${index}` }));
    for (let index = 0; index < 15; index += 1) log.note(note({ object: `cam${index}` }));
    setAway(false);
    await log.flush();
    await log.close();
    const kept = (await rows()).filter(({ who }) => who === 'ops');
    expect(kept).toHaveLength(15);
    expect((await rows()).filter(({ credential }) => credential === 'none')).toHaveLength(1 + 2);
  });
});
