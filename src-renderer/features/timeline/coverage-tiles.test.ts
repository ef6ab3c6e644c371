import { describe, expect, it } from 'vitest';
import type { StreamCoverage } from '../../../src-shared/model/segment.ts';
import {
  type CoverageRequest,
  CoverageTiles,
  levelOf,
  RETRY_AFTER_MS,
  tileSpanUs,
} from './coverage-tiles.ts';

interface Pending {
  readonly request: CoverageRequest;
  readonly signal: AbortSignal;
  readonly answer: (streams: readonly StreamCoverage[]) => Promise<void>;
  readonly fail: (error: unknown) => Promise<void>;
}

function harness() {
  const pending: Pending[] = [];
  const errors: unknown[] = [];
  let changes = 0;
  const clock = { nowMs: 0 };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const tiles = new CoverageTiles(
    (request, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        pending.push({
          request,
          signal,
          answer: (streams) => {
            resolve(streams);
            return settle();
          },
          fail: (error) => {
            reject(error);
            return settle();
          },
        });
      }),
    () => {
      changes++;
    },
    (error) => errors.push(error),
    () => clock.nowMs,
  );
  return { tiles, pending, errors, clock, changeCount: () => changes };
}

/** One node that covers the whole request, cut to it, as the route does. */
function full(request: CoverageRequest, alias = 'edge-01'): StreamCoverage[] {
  const { startUs, endUs } = request;
  return request.streams.map((stream) => ({
    stream,
    nodes: [{ alias, spans: [{ startUs, endUs, isEstimated: false }] }],
  }));
}

const USPP = 2 ** 16;
const SPAN = tileSpanUs(16);
const two = { startUs: 10 * SPAN + 5, endUs: 12 * SPAN };

describe('coverage tiles', () => {
  it('asks for each tile once, with the resolution of a pixel', async () => {
    const { tiles, pending } = harness();
    tiles.want(['a', 'b'], two, USPP);
    tiles.want(['a', 'b'], two, USPP);
    expect(pending.map((p) => p.request)).toEqual([
      { streams: ['a', 'b'], startUs: 10 * SPAN, endUs: 11 * SPAN, resolutionUs: USPP },
      { streams: ['a', 'b'], startUs: 11 * SPAN, endUs: 12 * SPAN, resolutionUs: USPP },
    ]);
    for (const p of pending) await p.answer(full(p.request));
    tiles.want(['a', 'b', 'c'], two, USPP);
    expect(pending.slice(2).map((p) => p.request.streams)).toEqual([['c'], ['c']]);
  });

  it('joins spans over tile borders and says what is unknown', async () => {
    const { tiles, pending } = harness();
    tiles.want(['a'], two, USPP);
    await pending[0]!.answer(full(pending[0]!.request));
    expect(tiles.read('a', two, USPP).unknown).toEqual([{ startUs: 11 * SPAN, endUs: 12 * SPAN }]);
    await pending[1]!.answer(full(pending[1]!.request));
    expect(tiles.read('a', two, USPP)).toEqual({
      nodes: [{ alias: 'edge-01', spans: [{ ...two, isEstimated: false }] }],
      unknown: [],
    });
  });

  it('aborts what left the screen and asks again when it comes back', async () => {
    const { tiles, pending, errors } = harness();
    tiles.want(['a'], two, USPP);
    tiles.want(['a'], { startUs: 50 * SPAN, endUs: 51 * SPAN }, USPP);
    expect(pending.map((p) => p.signal.aborted)).toEqual([true, true, false]);
    await pending[2]!.answer(full(pending[2]!.request));
    expect(errors).toEqual([]);
    tiles.want(['a'], two, USPP);
    expect(pending).toHaveLength(5);
  });

  it('draws stale tiles until they are read again', async () => {
    const { tiles, pending } = harness();
    const one = { startUs: 10 * SPAN, endUs: 11 * SPAN };
    tiles.want(['a'], one, USPP);
    await pending[0]!.answer(full(pending[0]!.request));
    tiles.invalidate('a', { startUs: 10 * SPAN + 7, endUs: 10 * SPAN + 9 });
    expect(tiles.read('a', one, USPP).unknown).toEqual([]);
    tiles.want(['a'], one, USPP);
    expect(pending).toHaveLength(2);
    await pending[1]!.answer(full(pending[1]!.request, 'cloud-2'));
    expect(tiles.read('a', one, USPP).nodes[0]?.alias).toBe('cloud-2');
  });

  it('reads once more what changed while it was being read', async () => {
    const { tiles, pending } = harness();
    const one = { startUs: 10 * SPAN, endUs: 11 * SPAN };
    tiles.want(['a'], one, USPP);
    await pending[0]!.answer(full(pending[0]!.request));
    tiles.invalidate('a', one);
    tiles.want(['a'], one, USPP);
    tiles.invalidate('a', one);
    await pending[1]!.answer(full(pending[1]!.request));
    tiles.want(['a'], one, USPP);
    expect(pending).toHaveLength(3);
  });

  it('lets another level stand in while the right one loads', async () => {
    const { tiles, pending } = harness();
    const one = { startUs: 10 * SPAN, endUs: 11 * SPAN };
    tiles.want(['a'], one, USPP);
    await pending[0]!.answer(full(pending[0]!.request));
    const closer = { startUs: 10 * SPAN + SPAN / 4, endUs: 10 * SPAN + SPAN / 2 };
    const read = tiles.read('a', closer, USPP / 4);
    expect(read.unknown).toEqual([]);
    expect(read.nodes[0]?.spans).toEqual([{ ...closer, isEstimated: false }]);
    expect(tiles.read('b', closer, USPP / 4).unknown).toEqual([closer]);
  });

  it('tells failures and asks again after a pause', async () => {
    const { tiles, pending, errors, clock, changeCount } = harness();
    const one = { startUs: 10 * SPAN, endUs: 11 * SPAN };
    tiles.want(['a'], one, USPP);
    await pending[0]!.fail(new Error('503'));
    expect(errors).toHaveLength(1);
    expect(changeCount()).toBe(1);
    tiles.want(['a'], one, USPP);
    expect(pending).toHaveLength(1);
    clock.nowMs += RETRY_AFTER_MS;
    tiles.want(['a'], one, USPP);
    expect(pending).toHaveLength(2);
  });

  it('chooses levels by powers of two', () => {
    expect(levelOf(1)).toBe(10);
    expect(levelOf(2 ** 20)).toBe(20);
    expect(levelOf(2 ** 20 + 1)).toBe(20);
    expect(levelOf(2 ** 21 - 1)).toBe(20);
  });
});
