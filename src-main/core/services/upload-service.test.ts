import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { FsStore } from '../storage/fs-store.ts';
import { type NamedStorage, StorageSet } from '../storage/storage-set.ts';
import { UploadService } from './upload-service.ts';

const PATH = 'Küche & Flur/1762842203/v_init.m4s';

let folder: string;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  nowMs = 1_800_000_000_000;
});
afterEach(() => rm(folder, { recursive: true }));

function storagesIn(root: string): StorageSet {
  const named = (name: string): NamedStorage => ({
    name,
    section: name,
    config: {} as NamedStorage['config'],
    store: new FsStore(join(root, name)),
    uploadTarget: { kind: 'folder', root: join(root, name) },
  });
  return new StorageSet([named('default'), named('harbour')], () => '');
}

const open = () =>
  new UploadService({
    storages: storagesIn(folder),
    dataDir: folder,
    clock: { ...systemClock, nowMs: () => nowMs },
  });
const ask = (uploads: UploadService, ttlSeconds: number, method = 'PUT', path = PATH) =>
  uploads.presign({ method, path, ttlSeconds, storage: 'default' }, 'http://manager.example:8888/base');
const callOf = (url: URL, method: 'PUT' | 'GET' = 'PUT') => ({
  method,
  storage: url.searchParams.get('storage') ?? '',
  path: decodeURIComponent(url.pathname.replace('/base/api/storage/object/', '')),
  expires: Number(url.searchParams.get('expires')),
});

it('signs a URL that this manager takes, also after a restart', async () => {
  const { headers, url: text } = await ask(open(), 300);
  const url = new URL(text);
  expect(headers).toEqual({ host: 'manager.example:8888' });
  expect(callOf(url)).toEqual({ method: 'PUT', storage: 'default', path: PATH, expires: 1_800_000_300 });
  const signature = url.searchParams.get('signature') ?? '';
  await open().demandSigned(callOf(url), signature);
  await expect(open().demandSigned(callOf(url, 'GET'), signature)).rejects.toThrow(/is wrong/);
  nowMs += 300_000;
  await open().demandSigned(callOf(url), signature);
  nowMs += 1000;
  await expect(open().demandSigned(callOf(url), signature)).rejects.toThrow(/no longer good/);
});

it.each([
  [0, 30],
  [30, 30],
  [3600, 3600],
  [Number.MAX_SAFE_INTEGER, 3600],
])('makes of %d s a time limit of %d s', async (asked, given) => {
  const { url } = await ask(open(), asked);
  expect(callOf(new URL(url)).expires).toBe(1_800_000_000 + given);
});

it('signs a URL for one storage, good for no other', async () => {
  const uploads = open();
  const asked = { method: 'PUT', path: PATH, ttlSeconds: 60 };
  const { url } = await uploads.presign({ ...asked, storage: 'harbour' }, 'http://manager.example/base');
  const call = callOf(new URL(url));
  expect(call.storage).toBe('harbour');
  const signature = new URL(url).searchParams.get('signature') ?? '';
  await uploads.demandSigned(call, signature);
  await expect(uploads.demandSigned({ ...call, storage: 'default' }, signature)).rejects.toThrow(/is wrong/);
  await expect(uploads.presign({ ...asked, storage: 'other' }, 'http://m')).rejects.toMatchObject({
    code: 'not_found',
  });
});

it('signs nothing else', async () => {
  await expect(ask(open(), 60, 'DELETE')).rejects.toMatchObject({
    status: 400,
    message: 'unsupported method',
  });
  await expect(ask(open(), 60, 'PUT', '../../etc/passwd')).rejects.toMatchObject({ code: 'bad_request' });
  await expect(ask(open(), 60, 'GET', 'cam1/x/liveman.toml')).rejects.toMatchObject({ code: 'bad_request' });
});

it('has a key of its own for each data folder, which only its owner may read', async () => {
  const { url } = await ask(open(), 60);
  const file = join(folder, 'upload.key');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await rm(file);
  const signature = new URL(url).searchParams.get('signature') ?? '';
  await expect(open().demandSigned(callOf(new URL(url)), signature)).rejects.toThrow(/is wrong/);
  await chmod(file, 0o644);
  await expect(ask(open(), 60)).rejects.toMatchObject({ code: 'secrets_unavailable' });
});
