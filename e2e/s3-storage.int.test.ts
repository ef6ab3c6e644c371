import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src-main/core/config/config.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { decode } from '../src-main/core/playback/playback-test-kit.ts';
import { openPlace } from '../src-main/core/storage/open-place.ts';
import { createFakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { runIndex } from '../src-main/headless/index-command.ts';
import { capturePath, captureTimes, copyCaptures } from './support/capture-storage.ts';
import { type S3Server, startS3Server } from './support/s3-server.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** A whole manager whose recordings lie in a bucket, and nodes that upload into a bucket and into a folder. */

const CAM1 = 'cam1/1795345208';

let s3: S3Server;
let test: TestDatabase;
let folder: string;
const closing: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3?.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function bucketToml(root: string): string {
  return `
[recorder.storage]
type = "s3"
bucket = "${s3.bucket}"
root = "${root}"
region = "${s3.region}"
endpoint = "${s3.url}"
access_key_id = "${s3.keyId}"
secret_access_key = "${s3.secret}"
`;
}

async function startManager(toml: string): Promise<Manager> {
  test = await createTestDatabase();
  closing.push(() => test.close());
  folder = await mkdtemp(join(tmpdir(), 'liveman-s3-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const manager = await createTestManager({ folder, databaseUrl: test.url, toml });
  closing.push(() => manager.close());
  return manager;
}

async function openBucket(root: string) {
  const { config } = loadConfig({ cwd: folder, path: join(folder, 'liveman.toml'), env: {} });
  return openPlace(`s3://${s3.bucket}/${root}`, config.recorder.storage);
}

/** `liveman index` with the manager's settings; the database stands in the file, as there is no environment here. */
async function index(root: string): Promise<number> {
  const configPath = join(folder, 'index.toml');
  const settings = await readFile(join(folder, 'liveman.toml'), 'utf8');
  await writeFile(configPath, `${settings}\n[database]\nurl = "${test.url}"\n[log]\nlevel = "off"\n`);
  const places = { packageDir: resolve(import.meta.dirname, '..'), dataDir: folder, version: '1.2.3' };
  return runIndex({ command: 'index', configPath, storage: `s3://${s3.bucket}/${root}/` }, places);
}

async function presign(manager: Manager, path: string, options: { token?: string; method?: string } = {}) {
  const response = await fetch(`${manager.url}/api/storage/presign`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    },
    body: JSON.stringify({ method: options.method ?? 'PUT', path, ttl_seconds: 300 }),
  });
  const text = await response.text();
  return { status: response.status, text, json: response.ok ? JSON.parse(text) : null };
}

async function uploadCaptures(manager: Manager, prefix: string): Promise<void> {
  for (const path of Object.keys(await captureTimes('head'))) {
    if (!path.startsWith(prefix) || path.startsWith('index')) continue;
    const { json, text } = await presign(manager, path);
    expect(json, text).not.toBeNull();
    const body = await readFile(capturePath('head/recordings', path));
    expect((await fetch(json.url, { method: 'PUT', body })).status).toBe(200);
  }
}

describe('recordings in a bucket', () => {
  it('are indexed, played, cut and handed out', async () => {
    const manager = await startManager(`${bucketToml('/media/')}\n[playback]\nsigned_redirect = true\n`);
    await uploadCaptures(manager, CAM1);
    expect(await index('media')).toBe(0);
    const timeline = (await (await fetch(`${manager.url}/api/record/cam1/timeline`)).json()) as {
      segments: { start_ts: number; end_ts: number }[];
    };
    const startUs = Math.min(...timeline.segments.map((segment) => segment.start_ts));
    const endUs = Math.max(...timeline.segments.map((segment) => segment.end_ts));
    const range = `start_ts=${startUs}&end_ts=${endUs}`;

    const played = await decode(`${manager.url}/api/record/cam1/hls/index.m3u8?${range}`);
    expect(played).toMatchObject({ messages: '', videoFrames: 1051 });
    const clip = await decode(`${manager.url}/api/record/cam1/clip.mp4?${range}`);
    expect(clip).toMatchObject({ messages: '', videoFrames: 1051 });

    const object = `${manager.url}/api/record/object/${CAM1}/v_seg_0001.m4s`;
    const redirect = await fetch(object, { redirect: 'manual' });
    expect(redirect.status).toBe(307);
    expect(redirect.headers.get('location')).toContain(
      `${s3.url}/${s3.bucket}/media/${CAM1}/v_seg_0001.m4s?`,
    );
    const bytes = await readFile(capturePath('head/recordings', CAM1, 'v_seg_0001.m4s'));
    const part = await fetch(object, { headers: { range: 'bytes=100-199' } });
    expect(part.status).toBe(206);
    expect(redirect.headers.get('location')).toContain('response-content-type=video%2Fmp4');
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));

    const head = await fetch(object, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${bytes.length}`]);

    const manifest = await fetch(object.replace('v_seg_0001.m4s', 'manifest.mpd'), { redirect: 'manual' });
    expect(manifest.status).toBe(200);
    expect(await manifest.text()).toContain('<MPD');
    expect((await fetch(object.replace('0001', '0999'), { redirect: 'manual' })).status).toBe(404);
  });

  it('are found beside the folder that the manager records to', async () => {
    const manager = await startManager(bucketToml('old'));
    await uploadCaptures(manager, `${CAM1}/v_`);
    await manager.close();
    const other = await startManager(
      bucketToml('').replace('"s3"', '"fs"').replace('root = ""', 'root = "store"'),
    );
    const object = `${other.url}/api/record/object/${CAM1}/v_seg_0002.m4s`;
    expect((await fetch(object)).status).toBe(404);
    expect(await index('old')).toBe(0);
    // What it knows of other storages it reads anew after a few seconds.
    await expect.poll(async () => (await fetch(object)).status, { timeout: 15_000, interval: 500 }).toBe(200);
    const names = await (await fetch(`${other.url}/api/record/streams`)).json();
    expect(names).toEqual({ streams: ['cam1'] });
  });

  it('are served from here where no redirect is wanted', async () => {
    const manager = await startManager(bucketToml('plain'));
    await uploadCaptures(manager, `${CAM1}/v_init`);
    const response = await fetch(`${manager.url}/api/record/object/${CAM1}/v_init.m4s`, {
      redirect: 'manual',
    });
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(
      await readFile(capturePath('head/recordings', CAM1, 'v_init.m4s')),
    );
  });

  it('show in the state of the program why they cannot be read', async () => {
    const manager = await startManager(bucketToml('x').replace(s3.secret, 'another secret'));
    const readStatus = async () => {
      const response = await fetch(`${manager.url}/api/status`);
      return ((await response.json()) as { storage: { isUp: boolean; problem: string } }).storage;
    };
    await expect.poll(readStatus, { timeout: 10_000 }).toMatchObject({
      isUp: false,
      problem: expect.stringContaining('recorder.storage.secret_access_key'),
    });
    const response = await fetch(`${manager.url}/api/record/object/${CAM1}/v_init.m4s`);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('another secret');
  });
});

describe('uploads of a node', () => {
  async function nodeWithCaptures(url: string, token?: string) {
    const storageRoot = join(folder, 'of the node');
    await copyCaptures('head', storageRoot, (path) => path.startsWith(CAM1));
    const upload = { url, intervalMs: 500, ...(token ? { token } : {}) };
    const node = await createFakeNode({ generation: 'head', storageRoot, upload });
    closing.push(() => node.close());
    const names = await readdir(join(storageRoot, CAM1));
    for (const name of names) node.queueUpload(`${CAM1}/${name}`);
    return { names: names.sort(), left: () => readdir(join(storageRoot, CAM1)) };
  }

  it('reach a folder', async () => {
    const manager = await startManager(
      '[recorder.storage]\ntype = "fs"\nroot = "store"\n[auth]\ntokens = ["up"]\n',
    );
    const { left, names } = await nodeWithCaptures(manager.url, 'up');
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
    const stored = join(folder, 'store', CAM1);
    expect((await readdir(stored)).sort()).toEqual(names);
    for (const name of names) {
      const sent = await readFile(capturePath('head/recordings', CAM1, name));
      expect(sent.equals(await readFile(join(stored, name))), name).toBe(true);
    }
    expect(await readdir(join(folder, 'store/.uploads'))).toEqual([]);
  });

  it('reach a bucket', async () => {
    const manager = await startManager(bucketToml('uploaded'));
    const { left, names } = await nodeWithCaptures(manager.url);
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
    const found: string[] = [];
    for await (const { path } of (await openBucket('uploaded')).list('')) found.push(path);
    expect(found).toEqual(names.map((name) => `${CAM1}/${name}`));
  });

  it('need a credential to begin with, and a signed URL to go on', async () => {
    const manager = await startManager('[auth]\ntokens = ["up"]\n');
    const path = `${CAM1}/v_init.m4s`;
    const put = async (url: string, body: BodyInit = 'media', method = 'PUT') =>
      (await fetch(url, { method, ...(method === 'PUT' ? { body } : {}) })).status;

    expect((await fetch(`${manager.url}/api/storage/ping`)).status).toBe(401);
    expect((await presign(manager, path)).status).toBe(401);
    const ping = await fetch(`${manager.url}/api/storage/ping`, { headers: { authorization: 'Bearer up' } });
    expect([ping.status, await ping.text()]).toEqual([200, 'ok']);

    const { json } = await presign(manager, path, { token: 'up' });
    expect(json).toEqual({
      url: expect.stringContaining(`${manager.url}/api/storage/object/${path}?`),
      headers: { host: new URL(manager.url).host },
    });
    expect(await put(json.url)).toBe(200);
    expect(await put(json.url.replace('v_init', 'a_init'))).toBe(403);
    expect(await put(json.url.replace(/expires=\d+/, 'expires=9999999999'))).toBe(403);
    expect(await put(json.url.replace(/&signature=.*/, ''))).toBe(400);
    expect(await put(json.url, '', 'GET')).toBe(403);
    // More than a JSON body may have.
    const large = Buffer.alloc(20_000_000, 7);
    expect(await put(json.url, large)).toBe(200);
    expect((await stat(join(folder, 'storage', path))).size).toBe(large.length);

    const read = await presign(manager, path, { token: 'up', method: 'GET' });
    expect((await (await fetch(read.json.url)).arrayBuffer()).byteLength).toBe(large.length);

    for (const wrong of [
      '../../etc/passwd',
      'liveman.toml',
      'cam1/x/v_init.m4s',
      '/etc/1795345208/v_init.m4s',
    ]) {
      expect((await presign(manager, wrong, { token: 'up' })).status).toBe(400);
    }
    expect(await presign(manager, path, { token: 'up', method: 'DELETE' })).toMatchObject({
      status: 400,
      text: 'unsupported method',
    });
  });

  it('do not begin while nothing can be stored, and are told why', async () => {
    const ping = async (manager: Manager) => {
      const answer = await fetch(`${manager.url}/api/storage/ping`);
      return { status: answer.status, text: await answer.text() };
    };
    const toFolder = await startManager('[recorder.storage]\nroot = "store"\n');
    expect(await ping(toFolder)).toEqual({ status: 200, text: 'ok' });
    await writeFile(join(folder, 'store'), 'a file');
    // The storage is looked at once for all nodes that ask within some seconds.
    await expect
      .poll(() => ping(toFolder), { timeout: 20_000, interval: 500 })
      .toEqual({
        status: 503,
        text: expect.stringContaining('a file stands where a folder should be'),
      });
    const toNowhere = await startManager(bucketToml('x').replace(s3.bucket, 'no-such-bucket'));
    expect(await ping(toNowhere)).toEqual({
      status: 503,
      text: expect.stringContaining('has no bucket "no-such-bucket"'),
    });
  });

  it('are sent to the public address where there is one', async () => {
    const manager = await startManager('[http]\npublic = "https://liveman.example.com/cluster/"\n');
    const { json } = await presign(manager, `${CAM1}/v_init.m4s`);
    expect(json.url).toContain(`https://liveman.example.com/cluster/api/storage/object/${CAM1}/v_init.m4s?`);
    expect(json.headers).toEqual({ host: 'liveman.example.com' });
  });

  it('leave nothing behind when the line breaks', async () => {
    const manager = await startManager('');
    const path = `${CAM1}/v_seg_0001.m4s`;
    const { json } = await presign(manager, path);
    await mkdir(dirname(join(folder, 'storage', path)), { recursive: true });
    const upload = httpRequest(json.url, { method: 'PUT', headers: { 'content-length': 1000 } });
    upload.on('error', () => {});
    upload.write('half');
    const parts = () => readdir(join(folder, 'storage/.uploads')).catch(() => null);
    await expect.poll(parts, { timeout: 10_000 }).toHaveLength(1);
    upload.destroy();
    await expect.poll(parts, { timeout: 10_000 }).toEqual([]);
    expect(await readdir(dirname(join(folder, 'storage', path)))).toEqual([]);
  });
});
