import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { UploadService } from './upload-service.ts';

const PATH = 'Küche & Flur/1762842203/v_init.m4s';

let folder: string;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  nowMs = 1_800_000_000_000;
});
afterEach(() => rm(folder, { recursive: true }));

const open = () =>
  new UploadService({
    target: { kind: 'folder', root: join(folder, 'store') },
    dataDir: folder,
    clock: { ...systemClock, nowMs: () => nowMs },
  });
const ask = (uploads: UploadService, ttlSeconds: number, method = 'PUT', path = PATH) =>
  uploads.presign({ method, path, ttlSeconds }, 'http://manager.example:8888/base');
const callOf = (url: URL, method: 'PUT' | 'GET' = 'PUT') => ({
  method,
  path: decodeURIComponent(url.pathname.replace('/base/api/storage/object/', '')),
  expires: Number(url.searchParams.get('expires')),
});

it('signs a URL that this manager takes, also after a restart', async () => {
  const { headers, url: text } = await ask(open(), 300);
  const url = new URL(text);
  expect(headers).toEqual({ host: 'manager.example:8888' });
  expect(callOf(url)).toEqual({ method: 'PUT', path: PATH, expires: 1_800_000_300 });
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
