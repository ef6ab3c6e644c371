import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FsStore } from './fs-store.ts';
import type { ObjectStore } from './object-store.ts';
import { StoreChain } from './store-chain.ts';

let folder: string;
let chain: StoreChain;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-chain-'));
  for (const [path, text] of [
    ['one/cam1/a', 'first'],
    ['two/cam1/a', 'second'],
    ['two/cam2/b', 'other'],
  ] as const) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  chain = new StoreChain(new FsStore(join(folder, 'one')), async () => [new FsStore(join(folder, 'two'))]);
});
afterAll(() => rm(folder, { recursive: true }));

it('takes an object from the first store that has it', async () => {
  expect((await chain.read('cam1/a', 0, 99)).toString()).toBe('first');
  expect((await chain.read('cam2/b', 1, 2)).toString()).toBe('th');
  expect((await buffer(chain.stream('cam2/b', 1, 3))).toString()).toBe('the');
  expect(await chain.stat('cam2/b')).toMatchObject({ sizeBytes: 5 });
});

it('says what none of them has', async () => {
  expect(await chain.stat('cam3/c')).toBeNull();
  await expect(chain.read('cam3/c', 0, 1)).rejects.toMatchObject({ code: 'object_missing' });
  await expect(buffer(chain.stream('cam3/c', 0, 1))).rejects.toMatchObject({ code: 'object_missing' });
});

it('goes on looking where an object of a known folder is elsewhere', async () => {
  await chain.stat('cam1/a');
  await writeFile(join(folder, 'two/cam1/late'), 'x');
  expect(await chain.stat('cam1/late')).toMatchObject({ sizeBytes: 1 });
});

it('has URLs signed by the store that has the object', async () => {
  const signed = { url: 'https://signed.example', headers: {} };
  const signing = Object.assign(new FsStore(join(folder, 'two')), { presign: async () => signed });
  const both = new StoreChain(new FsStore(join(folder, 'one')), async () => [signing]);
  const ask = (path: string) => both.presign({ method: 'GET', path, ttlSeconds: 60 });
  expect(await ask('cam2/b')).toBe(signed);
  await expect(ask('cam1/a')).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(ask('cam3/c')).rejects.toMatchObject({ code: 'object_missing' });
});

it('removes an object from every store, and says where one only reads', async () => {
  await writeFile(join(folder, 'two/cam2/kept'), 'x');
  const two = new FsStore(join(folder, 'two'));
  const readOnly: ObjectStore = {
    name: 'of the nodes',
    stat: (path, options) => two.stat(path, options),
    read: (...call) => two.read(...call),
    stream: (...call) => two.stream(...call),
    list: (...call) => two.list(...call),
    usage: async () => null,
  };
  const one = new FsStore(join(folder, 'one'));
  const removal = await new StoreChain(one, async () => [readOnly]).remove(['cam2/kept', 'cam1/a', 'cam9/x']);
  expect(removal.missing).toEqual(['cam9/x']);
  expect(removal.failures.map(({ error }) => error.message)).toEqual([
    'cam2/kept cannot be removed: the storage of the nodes is only read.',
  ]);
  expect(await one.stat('cam1/a')).toBeNull();
  expect(await chain.remove(['cam1/a', 'cam2/kept'])).toEqual({ missing: [], failures: [] });
  expect(await two.stat('cam1/a')).toBeNull();
});

it('does not take what a store that is away may have for gone', async () => {
  await writeFile(join(folder, 'one/here'), 'x');
  const away = new StoreChain(new FsStore(join(folder, 'one')), async () => [
    new FsStore(join(folder, 'not-mounted')),
  ]);
  await expect(away.remove(['cam7/x'])).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await away.remove(['here'])).toEqual({ missing: [], failures: [] });
});
