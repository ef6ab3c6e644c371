import { beforeEach, describe, expect, it } from 'vitest';
import { AlertBook, type AlertReport } from './alert-book.ts';

const object = { kind: 'node', name: 'edge' } as const;
const down: AlertReport = { kind: 'node-down', object, text: 'It is down.', details: { a: 1 } };
const events = (changes: readonly { event: string }[]) => changes.map((change) => change.event);

let book: AlertBook;
beforeEach(() => {
  book = new AlertBook();
});

/** Down since 0 and open. */
function openOne(): string {
  book.raise(down, 0);
  const [change] = book.tick(5000);
  return change?.alert.id as string;
}

describe('node-down (held 5 s, cleared after 10 s)', () => {
  it('opens after it held, and says since when', () => {
    expect(book.raise(down, 0)).toEqual([]);
    expect(book.tick(4999)).toEqual([]);
    const [change] = book.tick(5000);
    expect(change).toMatchObject({
      event: 'opened',
      alert: { openedAtMs: 0, count: 1, severity: 'critical' },
    });
    expect(book.tick(6000)).toEqual([]);
    expect(book.raise(down, 7000)).toEqual([]);
  });

  it('leaves out what is over before', () => {
    book.raise(down, 0);
    expect(book.resolve('node-down', object, 3000)).toEqual([]);
    expect(book.tick(9000)).toEqual([]);
    expect(book.open()).toEqual([]);
  });

  it('counts flapping in one alert', () => {
    const id = openOne();
    for (let round = 1; round <= 3; round++) {
      book.resolve('node-down', object, round * 10_000);
      expect(events(book.tick(round * 10_000 + 4000))).toEqual([]);
      expect(events(book.raise(down, round * 10_000 + 5000))).toEqual(['changed']);
    }
    expect(book.open()).toMatchObject([{ id, count: 4 }]);
  });

  it('closes at the time it was over, and goes on in the same row when it comes back soon', () => {
    const id = openOne();
    book.resolve('node-down', object, 20_000);
    book.resolve('node-down', object, 25_000);
    expect(book.tick(30_000)).toMatchObject([{ event: 'closed', alert: { closedAtMs: 20_000 } }]);
    book.raise(down, 60_000);
    expect(book.tick(65_000)).toMatchObject([
      { event: 'reopened', alert: { id, count: 2, closedAtMs: null, openedAtMs: 0 } },
    ]);
  });

  it('is another alert when it comes much later', () => {
    const id = openOne();
    book.resolve('node-down', object, 20_000);
    book.tick(30_000);
    book.tick(400_000);
    book.raise(down, 400_000);
    expect(book.tick(405_000)[0]?.alert.id).not.toBe(id);
  });
});

it('tells new words at once, and the same words once a minute', () => {
  openOne();
  expect(book.raise({ ...down, text: 'Other words.' }, 6000)).toMatchObject([
    { event: 'changed', alert: { text: 'Other words.', count: 1, lastAtMs: 6000 } },
  ]);
  expect(book.raise({ ...down, text: 'Other words.' }, 60_000)).toEqual([]);
  expect(book.raise({ ...down, text: 'Other words.' }, 66_000)).toMatchObject([
    { alert: { lastAtMs: 66_000 } },
  ]);
});

it('keeps objects and kinds apart', () => {
  openOne();
  const other = { kind: 'node', name: 'other' } as const;
  book.raise({ ...down, object: other }, 6000);
  book.raise({ kind: 'recording-stalled', object, text: 'x', details: {} }, 6000);
  book.tick(11_000);
  expect(book.open()).toHaveLength(3);
  book.resolve('node-down', other, 12_000);
  book.tick(30_000);
  expect(book.open().map((alert) => [alert.kind, alert.object.name])).toEqual([
    ['node-down', 'edge'],
    ['recording-stalled', 'edge'],
  ]);
});

it('stays open when acknowledged, except for events', () => {
  const id = openOne();
  expect(book.acknowledge(id, { by: 'op', note: 'Cable changed.', nowMs: 7000 })).toMatchObject([
    { event: 'changed', alert: { acknowledgedBy: 'op', acknowledgedAtMs: 7000, closedAtMs: null } },
  ]);
  book.raise({ kind: 'cascade-failed', object, text: 'x', details: {} }, 8000);
  const event = book.open()[1]?.id as string;
  expect(book.acknowledge(event, { by: 'op', nowMs: 9000 })).toMatchObject([{ event: 'closed' }]);
  const again = book.acknowledge(id, { by: 'other', note: 'And tested.', nowMs: 9500 });
  expect(again).toMatchObject([
    { alert: { acknowledgedBy: 'op', acknowledgedAtMs: 7000, note: 'And tested.' } },
  ]);
  expect(book.acknowledge('nobody', { by: 'op', nowMs: 9000 })).toEqual([]);
});

it('goes on with an alert of an earlier run', () => {
  const id = openOne();
  const [alert] = book.open();
  const next = new AlertBook();
  next.adopt(alert!);
  expect(next.raise(down, 10_000)).toEqual([]);
  next.resolve('node-down', object, 11_000);
  expect(next.tick(21_000)).toMatchObject([{ event: 'closed', alert: { id } }]);
});
