import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../core/base/clock.ts';
import { silentLogger } from '../core/base/logger.ts';
import { type DemoCluster, startDemoCluster } from './demo-cluster.ts';
import { DEMO_NODES, planFor, viewersAt } from './demo-plan.ts';

const LOOPS = join(import.meta.dirname, '../../resources/demo/loops');
const HISTORY_MS = 10 * 60_000;

interface Reported {
  node_alias: string;
  stream: string;
  start_ts: number;
  end_ts: number;
  path: string;
}

let root: string;
let manager: Server;
let reported: Reported[];
let clusters: DemoCluster[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'demo cluster '));
  reported = [];
  clusters = [];
  manager = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { segments, ...source } = JSON.parse(String(Buffer.concat(parts)));
    reported.push(...segments.map((segment: object) => ({ ...source, ...segment })));
    response.end('{}');
  });
  await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()));
  manager.closeAllConnections();
  await new Promise((resolve) => manager.close(resolve));
  await rm(root, { recursive: true, force: true });
});

async function start(): Promise<DemoCluster> {
  const cluster = await startDemoCluster({
    storageRoot: root,
    loopsDir: LOOPS,
    reportUrl: `http://127.0.0.1:${(manager.address() as AddressInfo).port}/`,
    historyMs: HISTORY_MS,
    clock: systemClock,
    logger: silentLogger,
    signal: new AbortController().signal,
  });
  clusters.push(cluster);
  return cluster;
}

/** The pieces without a hole, in seconds from the first one's start. */
function pieces(stream: string, nodeAlias: string): { startUs: number; endUs: number }[] {
  const merged: { startUs: number; endUs: number }[] = [];
  const video = reported.filter((each) => each.stream === stream && each.node_alias === nodeAlias);
  for (const each of video.filter(({ path }) => path.includes('/v_seg'))) {
    const last = merged.at(-1);
    if (last && each.start_ts - last.endUs < 2_000_000) last.endUs = Math.max(last.endUs, each.end_ts);
    else merged.push({ startUs: each.start_ts, endUs: each.end_ts });
  }
  return merged;
}

describe('the demo cluster', () => {
  it('has nodes that list their streams, and a past that is on disk and reported', async () => {
    const before = Date.now();
    const cluster = await start();
    expect(cluster.nodes.map((node) => node.alias)).toEqual(['edge-01', 'edge-02', 'cloud-1', 'cloud-2']);
    const names = await Promise.all(
      cluster.nodes.map(async ({ url, token }) => {
        const response = await fetch(`${url}/api/streams/`, {
          headers: { authorization: `Bearer ${token}` },
        });
        const streams: { id: string }[] = JSON.parse(await response.text());
        return streams.map((each) => each.id).sort();
      }),
    );
    expect(names).toEqual([
      ['gate-north', 'quay-west'],
      ['crane-3', 'yard-7'],
      ['ferry-ramp', 'quay-west'],
      ['lobby'],
    ]);
    await cluster.filled;

    expect(new Set(reported.map((each) => `${each.node_alias} ${each.path}`)).size).toBe(reported.length);
    for (const [stream, node, count] of [
      ['gate-north', 'edge-01', 1],
      ['crane-3', 'edge-02', 1],
      ['lobby', 'cloud-2', 1],
      ['ferry-ramp', 'cloud-1', 2],
      ['quay-west', 'edge-01', 1],
      ['quay-west', 'cloud-1', 2],
    ] as const) {
      const found = pieces(stream, node);
      expect([stream, node, found.length]).toEqual([stream, node, count]);
      expect(found[0]!.startUs / 1000).toBeGreaterThanOrEqual(before - HISTORY_MS);
      expect(found[0]!.startUs / 1000).toBeLessThan(Date.now() - HISTORY_MS + 5000);
      expect(found.at(-1)!.endUs / 1000).toBeGreaterThan(before - 15_000);
      expect((found[0]!.endUs - found[0]!.startUs) / 60e6).toBeGreaterThan(5);
    }
    const onDisk = await readdir(root, { recursive: true });
    for (const { path } of reported) expect(onDisk).toContain(join(path));
    const manifest = await readFile(join(root, reported[0]!.path, '../manifest.mpd'), 'utf8');
    expect(manifest).toContain('type="dynamic"');
  });

  it('closes within a second with every manifest final, and continues without repeating its past', async () => {
    const first = await start();
    await first.filled;
    const before = performance.now();
    await first.close();
    expect(performance.now() - before).toBeLessThan(1000);
    const manifests = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.mpd'));
    for (const name of manifests) expect(await readFile(join(root, name), 'utf8')).toContain('type="static"');

    const paths = new Set(reported.map((each) => each.path));
    reported = [];
    const second = await start();
    await second.filled;
    // All of it is said again, as nobody knows what the last report of a killed demo was; nothing is new.
    expect(new Set(reported.map((each) => each.path))).toEqual(paths);
  });

  it('reports to a manager that comes later', async () => {
    const { port } = manager.address() as AddressInfo;
    await new Promise((resolve) => manager.close(resolve));
    const cluster = await startDemoCluster({
      storageRoot: root,
      loopsDir: LOOPS,
      reportUrl: `http://127.0.0.1:${port}`,
      historyMs: 60_000,
      clock: systemClock,
      logger: silentLogger,
      signal: new AbortController().signal,
    });
    clusters.push(cluster);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await new Promise<void>((resolve) => manager.listen(port, '127.0.0.1', resolve));
    await cluster.filled;
    expect(new Set(reported.map((each) => each.stream)).size).toBe(6);
  });
});

describe('the plan', () => {
  it('keeps the first five minutes of every history whole', () => {
    for (const historyMs of [60_000, 6 * 60_000, HISTORY_MS, 40 * 60_000, 7_200_000]) {
      for (const demo of DEMO_NODES.flatMap((node) => node.streams)) {
        const nowMs = 1_800_000_000_000;
        const { hole, lengthMs } = planFor(demo, nowMs, historyMs);
        expect(lengthMs).toBeGreaterThan(300_000);
        if (hole) expect(hole.fromMs - (nowMs - historyMs)).toBeGreaterThanOrEqual(300_000);
      }
    }
  });

  it('lets viewers come and go a few at a time', () => {
    const viewers = { mean: 18, swing: 11, periodS: 540 };
    for (let s = 0; s < 2000; s += 3) {
      const now = viewersAt(viewers, s * 1000);
      expect(now).toBeGreaterThanOrEqual(0);
      expect(Math.abs(viewersAt(viewers, (s + 3) * 1000) - now)).toBeLessThanOrEqual(2);
    }
  });
});
