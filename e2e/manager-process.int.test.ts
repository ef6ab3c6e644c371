import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** The built program as a process: what scripts rely on, and what a crash may not take. */

let dataDir: string;
let manager: ManagerProcess | undefined;

beforeEach(async () => {
  dataDir = await makeDataDir();
});
afterEach(async () => {
  await manager?.kill();
  // A killed manager leaves its database running; a short start and stop takes it down.
  manager = await startManager(dataDir);
  await manager.stop();
  manager = undefined;
  await removeDataDir(dataDir);
});

const baseUs = Date.UTC(2026, 10, 22, 12) * 1000;

function reportOf(i: number) {
  const start_ts = baseUs + i * 2_000_000;
  return {
    node_alias: 'edge-1',
    stream: 'cam1',
    segments: [
      {
        start_ts,
        end_ts: start_ts + 2_000_000,
        duration_ms: 2000,
        path: `cam1/1795345208/v_seg_${String(i + 1).padStart(4, '0')}.m4s`,
        is_keyframe: true,
      },
    ],
  };
}

function post(origin: string, body: unknown): Promise<Response> {
  return fetch(`${origin}/api/segments/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}

async function timeline(origin: string) {
  const reply = await fetch(`${origin}/api/record/cam1/timeline?limit=10000`);
  return (await reply.json()) as { total_count: number; segments: { path: string }[] };
}

describe('kill -9 between reports', () => {
  it('loses nothing it acknowledged and stores nothing twice', async () => {
    manager = await startManager(dataDir);
    const { origin } = manager;
    const acknowledged = new Set<number>();
    const send = async (i: number) => {
      const reply = await post(origin, reportOf(i));
      if (reply.ok) acknowledged.add(i);
    };
    const load = (async () => {
      for (let i = 0; i < 5000; i += 4) await Promise.all([0, 1, 2, 3].map((offset) => send(i + offset)));
    })().catch(() => {});
    await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(100);
    await manager.kill();
    await load;

    manager = await startManager(dataDir);
    const after = await timeline(manager.origin);
    const paths = after.segments.map((segment) => segment.path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const i of acknowledged) expect(paths).toContain(reportOf(i).segments[0]?.path);
    // At most the reports under way were stored without their reply having arrived.
    expect(after.total_count).toBeLessThanOrEqual(acknowledged.size + 4);

    const [repeated] = acknowledged;
    expect((await post(manager.origin, reportOf(repeated as number))).status).toBe(200);
    expect((await timeline(manager.origin)).total_count).toBe(after.total_count);
  });
});

describe('what scripts rely on', () => {
  it('answers health and readiness, refuses bad reports by name, and ends on SIGTERM with all it started', async () => {
    manager = await startManager(dataDir);
    const { origin } = manager;
    expect(await (await fetch(`${origin}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${origin}/readyz`)).json()).toEqual({ status: 'ready' });

    expect((await post(origin, '{"node_alias":')).status).toBe(400);
    expect((await post(origin, '')).status).toBe(400);
    expect((await post(origin, { node_alias: 'a', stream: 'b' })).status).toBe(422);
    const typed = await fetch(`${origin}/api/segments/report`, { method: 'POST', body: 'x' });
    expect(typed.status).toBe(415);
    const empty = await post(origin, { node_alias: 'a', stream: 'b', segments: [] });
    expect(await empty.json()).toMatchObject({ success: false, processed_count: 0 });

    expect((await fetch(`${origin}/nowhere`)).status).toBe(404);
    const wrongMethod = await fetch(`${origin}/api/nodes/`, { method: 'DELETE' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET,HEAD']);

    const started = Date.now();
    expect(await manager.stop()).toBe(0);
    expect(Date.now() - started).toBeLessThan(5000);
    const left = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout;
    expect(left.split('\n').filter((line) => line.includes(dataDir))).toEqual([]);
  });

  it('has no way out of the storage root', async () => {
    manager = await startManager(dataDir);
    const { hostname, port } = new URL(manager.origin);
    for (const path of [
      '../../etc/passwd',
      '..%2f..%2fetc%2fpasswd',
      '%2e%2e/%2e%2e/etc/passwd',
      '/etc/passwd',
      'a\0b',
    ]) {
      const { request } = await import('node:http');
      const status = await new Promise((resolve, reject) => {
        request({ hostname, port, path: `/api/record/object/${path.replace('\0', '%00')}` }, (reply) => {
          reply.resume();
          resolve(reply.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status, path).toBe(400);
    }
  });
});
