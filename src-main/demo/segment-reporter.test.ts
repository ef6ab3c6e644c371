import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../core/base/clock.ts';
import { silentLogger } from '../core/base/logger.ts';
import { loadLoop } from './loops/loop.ts';
import { LoopRecording } from './loops/loop-recording.ts';
import { SegmentReporter } from './segment-reporter.ts';

const LOOPS = join(import.meta.dirname, '../../resources/demo/loops');
const START_MS = 1_800_000_000_000;

let root: string;
let manager: Server;
let refusals: number;
let bodies: { node_alias: string; stream: string; segments: { start_ts: number; path: string }[] }[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reporter-'));
  refusals = 0;
  bodies = [];
  manager = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (refusals-- > 0) return response.writeHead(503).end('not now');
    expect(request.headers.authorization).toBe('Bearer manager');
    bodies.push(JSON.parse(String(Buffer.concat(parts))));
    return response.end('{}');
  });
  await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  manager.closeAllConnections();
  await new Promise((resolve) => manager.close(resolve));
  await rm(root, { recursive: true, force: true });
});

it('reports everything once, in order of time, in batches, to a manager that was away', async () => {
  refusals = 2;
  const reporter = new SegmentReporter({
    url: `http://127.0.0.1:${(manager.address() as AddressInfo).port}`,
    headers: { authorization: 'Bearer manager' },
    nodeAlias: 'edge-01',
    stream: 'lobby',
    clock: systemClock,
    logger: silentLogger,
  });
  const loop = await loadLoop('lobby', join(LOOPS, 'lobby'));
  const stop = new AbortController();
  for (const startMs of [START_MS, START_MS + 3_000_000]) {
    const recordDir = `lobby/${startMs / 1000}`;
    const recording = new LoopRecording({ storageRoot: root, recordDir, loop, startMs });
    await recording.begin();
    reporter.add(recording);
    await recording.writeUntil(startMs + 2_990_000, stop.signal, () => reporter.notify());
    await recording.finish(startMs + 2_993_000);
    reporter.notify();
  }
  const running = reporter.run(stop.signal);
  await reporter.drained();
  stop.abort();
  await running;

  expect(bodies.map((body) => body.segments.length)).toEqual([500, 500, 200]);
  expect(bodies[0]).toMatchObject({
    node_alias: 'edge-01',
    stream: 'lobby',
    segments: [
      {
        start_ts: START_MS * 1000,
        end_ts: START_MS * 1000 + 10_000_000,
        duration_ms: 10_000,
        path: `lobby/${START_MS / 1000}/v_seg_0001.m4s`,
        is_keyframe: true,
      },
      ...Array(499).fill({}),
    ],
  });
  const all = bodies.flatMap((body) => body.segments);
  expect(new Set(all.map((each) => each.path)).size).toBe(1200);
  expect(all.map((each) => each.start_ts)).toEqual(all.map((each) => each.start_ts).sort((a, b) => a - b));
  expect(all.at(-1)).toMatchObject({ duration_ms: 3000 });
});
