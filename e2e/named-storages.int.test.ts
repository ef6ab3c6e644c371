import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { decode } from '../src-main/core/playback/playback-test-kit.ts';
import { runIndex } from '../src-main/headless/index-command.ts';
import type { Alert } from '../src-shared/model/alert.ts';
import type { SystemStatus } from '../src-shared/model/system-status.ts';
import { capturePath, captureTimes } from './support/capture-storage.ts';
import { type S3Server, startS3Server } from './support/s3-server.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Two nodes that recorded one stream in one second, so to one path, each to a storage of its own. */

const DIR = 'cam1/1795345208';
/** In `attic`, a folder; what the head node recorded. */
const EDGE_1 = { version: 'head', dir: 'cam1/1795345208', frames: 1051 } as const;
/** In `harbour`, a bucket; what the v0.9.0 node recorded, under the name of the other. */
let edge2: { version: 'v0.9.0'; dir: string; frames: number };

let s3: S3Server;
let test: TestDatabase;
let folder: string;
let manager: Manager;

const toml = () => `
[recorder.storage]
type = "fs"
root = "main"
[[storages]]
name = "attic"
root = "attic"
[[storages]]
name = "harbour"
type = "s3"
bucket = "${s3.bucket}"
root = "harbour"
region = "${s3.region}"
endpoint = "${s3.url}"
access_key_id = "${s3.keyId}"
secret_access_key = "${s3.secret}"
[[nodes]]
alias = "edge-1"
url = "http://127.0.0.1:9"
storage = "attic"
[[nodes]]
alias = "edge-2"
url = "http://127.0.0.1:10"
storage = "harbour"
[[nodes]]
alias = "edge-3"
url = "http://127.0.0.1:11"
storage = "attic"
`;

async function presign(
  alias: string,
  path: string,
): Promise<{ url: string; headers: Record<string, string> }> {
  const response = await fetch(`${manager.url}/api/nodes/${alias}/api/storage/presign`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method: 'PUT', path, ttl_seconds: 300 }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { url: string; headers: Record<string, string> };
}

async function upload(alias: string, version: 'head' | 'v0.9.0', dir: string): Promise<void> {
  for (const path of Object.keys(await captureTimes(version))) {
    if (!path.startsWith(`${dir}/`)) continue;
    const { url } = await presign(alias, path.replace(dir, DIR));
    const body = await readFile(capturePath(version, 'recordings', path));
    expect((await fetch(url, { method: 'PUT', body })).status).toBe(200);
  }
}

async function index(storage: string, nodeAlias?: string): Promise<void> {
  const configPath = join(folder, 'index.toml');
  await writeFile(
    configPath,
    `[database]\nurl = "${test.url}"\n[log]\nlevel = "off"\n${toml()}`.replaceAll(
      'root = "attic"',
      `root = "${join(folder, 'attic')}"`,
    ),
  );
  const places = { packageDir: resolve(import.meta.dirname, '..'), dataDir: folder, version: '1.2.3' };
  expect(await runIndex({ command: 'index', configPath, storage, nodeAlias }, places)).toBe(0);
}

beforeAll(async () => {
  s3 = await startS3Server();
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-storages-'));
  manager = await createTestManager({ folder, databaseUrl: test.url, toml: toml() });
  const found = Object.keys(await captureTimes('v0.9.0')).find((path) => path.startsWith('cam1/'));
  edge2 = { version: 'v0.9.0', dir: (found as string).split('/').slice(0, 2).join('/'), frames: 1052 };
});
afterAll(async () => {
  await manager?.close();
  await test?.close();
  await s3?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('storages of nodes', () => {
  it('take the uploads of their nodes and of no other', async () => {
    await upload('edge-1', EDGE_1.version, EDGE_1.dir);
    await upload('edge-2', edge2.version, edge2.dir);
    const bytes = (version: string, dir: string) =>
      readFile(capturePath(version, 'recordings', dir, 'v_seg_0001.m4s'));
    const stored = await readFile(join(folder, 'attic', DIR, 'v_seg_0001.m4s'));
    expect(stored.equals(await bytes('head', EDGE_1.dir))).toBe(true);
    expect(await readdir(join(folder, 'main')).catch(() => [])).toEqual([]);

    const { url } = await presign('edge-1', `${DIR}/v_seg_0009.m4s`);
    const elsewhere = url.replace('storage=attic', 'storage=default');
    expect(elsewhere).not.toBe(url);
    expect((await fetch(elsewhere, { method: 'PUT', body: 'x' })).status).toBe(403);
    const unknown = await fetch(`${manager.url}/api/nodes/edge-9/api/storage/ping`);
    expect(unknown.status).toBe(404);
    expect(await (await fetch(`${manager.url}/api/nodes/edge-1/api/storage/ping`)).text()).toBe('ok');
  });

  it('are indexed by name, each under its node', async () => {
    // Two nodes record there, so its name is not enough.
    await index('attic', 'edge-1');
    await index('harbour');
    const { rows } = await test.database.pool.query(
      `select node_alias, count(*)::int as count, sum(size_bytes)::int as bytes, count(distinct path)::int as paths
       from segments where track = 'video' group by node_alias order by node_alias`,
    );
    expect(rows.map((row) => row.node_alias)).toEqual(['edge-1', 'edge-2']);
    expect(rows[0]?.bytes).not.toBe(rows[1]?.bytes);
  });

  it('are each looked at, and told of while their disk is away', async () => {
    const hidden = join(folder, 'hidden');
    const status = async () => (await (await fetch(`${manager.url}/api/status`)).json()) as SystemStatus;
    const problems = async () => (await status()).otherStorages.map(({ problem }) => problem !== null);
    await expect.poll(problems, { timeout: 20_000 }).toEqual([false, false]);
    await rename(join(folder, 'attic'), hidden);
    await expect.poll(problems, { timeout: 20_000 }).toEqual([true, false]);
    const alerts = async () => {
      const response = await fetch(`${manager.url}/api/alerts?state=open`);
      const { alerts: open } = (await response.json()) as { alerts: Alert[] };
      return open.filter(({ kind }) => kind === 'storage-trouble').map(({ object }) => object.name);
    };
    await expect.poll(alerts, { timeout: 30_000 }).toContain(join(folder, 'attic'));
    await rename(hidden, join(folder, 'attic'));
    await expect.poll(problems, { timeout: 20_000 }).toEqual([false, false]);
  });

  it('let no node write over what another recorded', async () => {
    const askAt = async (base: string, path: string, method = 'PUT') => {
      const response = await fetch(`${base}/api/storage/presign`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ method, path, ttl_seconds: 300 }),
      });
      return response.status;
    };
    const ask = (alias: string, path: string) => askAt(`${manager.url}/api/nodes/${alias}`, path);
    const issued = await fetch(`${manager.url}/api/report-paths/edge-3`, { method: 'POST' });
    const secretUrl = ((await issued.json()) as { url: string }).url;
    for (const method of ['PUT', 'put', 'Put']) {
      expect(await askAt(secretUrl, `${DIR}/v_seg_0002.m4s`, method), method).toBe(403);
    }
    for (const name of ['v_seg_0002.m4s', 'v_init.m4s', 'v_seg_0099.m4s', 'manifest.mpd']) {
      expect(await ask('edge-3', `${DIR}/${name}`), name).toBe(403);
      expect(await ask('edge-1', `${DIR}/${name}`), name).toBe(200);
      expect(await ask('edge-2', `${DIR}/${name}`), name).toBe(200);
    }
    expect(await askAt(secretUrl, 'cam1/1795999999/v_seg_0001.m4s', 'put')).toBe(200);
    expect(await ask('edge-3', 'cam1/1795999999/v_seg_0001.m4s')).toBe(200);
    // Nor does one that says not who it is; what is new or was recorded just now it may write.
    expect(await askAt(manager.url, `${DIR}/v_seg_0002.m4s`)).toBe(403);
    expect(await askAt(manager.url, `${DIR}/v_seg_0099.m4s`)).toBe(200);
    expect(await askAt(manager.url, `${DIR}/manifest.mpd`)).toBe(200);
    await test.database.pool.query(
      `update recordings set end_ts = (extract(epoch from now()) * 1000000)::bigint`,
    );
    expect(await askAt(manager.url, `${DIR}/v_seg_0002.m4s`)).toBe(200);
    await test.database.pool.query(
      `update recordings r set end_ts = (select max(end_ts) from segments s where s.recording_id = r.id)`,
    );
  });

  it('give each node its own bytes under the common path', async () => {
    const get = async (node?: string) => {
      const query = node ? `?node=${node}` : '';
      const response = await fetch(`${manager.url}/api/record/object/${DIR}/v_seg_0002.m4s${query}`);
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    };
    const head = await readFile(capturePath('head/recordings', EDGE_1.dir, 'v_seg_0002.m4s'));
    const older = await readFile(capturePath('v0.9.0/recordings', edge2.dir, 'v_seg_0002.m4s'));
    expect((await get('edge-1')).equals(head)).toBe(true);
    expect((await get('edge-2')).equals(older)).toBe(true);
    expect((await get()).equals(head)).toBe(true);
  });

  it('are played and cut from the storage of the node that recorded', async () => {
    const range = async (node: string) => {
      const { rows } = await test.database.pool.query(
        `select min(start_ts)::float8 as start, max(end_ts)::float8 as end from segments where node_alias = '${node}'`,
      );
      return `start_ts=${rows[0]?.start}&end_ts=${rows[0]?.end}`;
    };
    // Both cover the same time; what is shown is whole, of one node after the other.
    const played = await decode(`${manager.url}/api/record/cam1/hls/index.m3u8?${await range('edge-2')}`);
    expect(played.messages).toBe('');
    expect(played.videoFrames).toBeGreaterThan(1000);
    // What one node has lost is a gap, not the file of the other node with the same name.
    const lost = join(folder, 'attic', DIR, 'v_seg_0002.m4s');
    const bytes = await readFile(lost);
    await rm(lost);
    const path = `${manager.url}/api/record/object/${DIR}/v_seg_0002.m4s`;
    expect((await fetch(`${path}?node=edge-1`)).status).toBe(404);
    expect((await fetch(`${path}?node=edge-2`)).status).toBe(200);
    await writeFile(lost, bytes);
    await test.database.pool.query(`delete from segments where node_alias = 'edge-1'`);
    const query = await range('edge-2');
    const alone = await decode(`${manager.url}/api/record/cam1/hls/index.m3u8?${query}`);
    expect(alone).toMatchObject({ messages: '', videoFrames: edge2.frames });
    const clip = await decode(`${manager.url}/api/record/cam1/clip.mp4?${query}`);
    expect(clip).toMatchObject({ messages: '', videoFrames: edge2.frames });
  });

  it('are listed with their nodes, and tried', async () => {
    const { storages } = (await (await fetch(`${manager.url}/api/storages`)).json()) as {
      storages: { name: string; nodes: string[]; isUp: boolean; place: string }[];
    };
    expect(storages.map(({ name, nodes }) => [name, nodes])).toEqual([
      ['default', []],
      ['attic', ['edge-1', 'edge-3']],
      ['harbour', ['edge-2']],
    ]);
    const tested = await fetch(`${manager.url}/api/storages/harbour/test`, { method: 'POST' });
    expect(await tested.json()).toMatchObject({ outcome: 'ok' });
    expect((await fetch(`${manager.url}/api/storages/none/test`, { method: 'POST' })).status).toBe(404);
    expect(JSON.stringify(storages)).not.toContain(s3.secret);
  });
});
