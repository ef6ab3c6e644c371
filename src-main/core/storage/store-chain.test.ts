import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { FsStore } from './fs-store.ts';
import type { ObjectStore } from './object-store.ts';
import { StoreChain } from './store-chain.ts';

let folder: string;
let chain: StoreChain;

function chainOf(first: string, others: ObjectStore[]): StoreChain {
  const store = new FsStore(join(folder, first));
  return new StoreChain({ stores: [store], ofNode: () => store, readOthers: async () => others });
}

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
  chain = chainOf('one', [new FsStore(join(folder, 'two'))]);
});
afterAll(() => rm(folder, { recursive: true }));

it('takes an object from the first store that has it', async () => {
  expect((await chain.read('cam1/a', 0, 99)).toString()).toBe('first');
  expect((await chain.read('cam2/b', 1, 2)).toString()).toBe('th');
  expect((await buffer(chain.stream('cam2/b', 1, 3))).toString()).toBe('the');
  expect(await chain.stat('cam2/b')).toMatchObject({ sizeBytes: 5 });
});

it('opens an object in the store that has it, also where that can only be asked and read', async () => {
  const two = new FsStore(join(folder, 'two'));
  const plain: ObjectStore = {
    name: 'plain',
    stat: (path) => two.stat(path),
    read: (path, offset, sizeBytes) => two.read(path, offset, sizeBytes),
    stream: (path, offset, sizeBytes) => two.stream(path, offset, sizeBytes),
    list: (prefix) => two.list(prefix),
    usage: () => two.usage(),
  };
  for (const other of [two, plain]) {
    const both = chainOf('one', [other]);
    for (const [path, text] of [
      ['cam1/a', 'irs'],
      ['cam2/b', 'the'],
    ] as const) {
      const object = await both.open(path);
      expect(object?.info.sizeBytes).toBe(5);
      const parts: Uint8Array[] = [];
      for await (const chunk of object!.chunks(1, 3)) parts.push(Buffer.from(chunk));
      expect(Buffer.concat(parts).toString()).toBe(text);
      await object!.close();
    }
    expect(await both.open('cam3/c')).toBeNull();
  }
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
  const both = chainOf('one', [signing]);
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
  const removal = await chainOf('one', [readOnly]).remove(['cam2/kept', 'cam1/a', 'cam9/x']);
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
  const away = chainOf('one', [new FsStore(join(folder, 'not-mounted'))]);
  await expect(away.remove(['cam7/x'])).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await away.remove(['here'])).toEqual({ missing: [], failures: [] });
});

describe('with a storage for each node', () => {
  let nodes: StoreChain;
  beforeAll(async () => {
    const [one, two] = [new FsStore(join(folder, 'one')), new FsStore(join(folder, 'two'))];
    await writeFile(join(folder, 'one/cam1/a'), 'first');
    await writeFile(join(folder, 'two/cam1/a'), 'second');
    const ofNode = (alias: string) => (alias === 'edge-2' ? two : one);
    nodes = new StoreChain({ stores: [one, two], ofNode, readOthers: async () => [] });
  });
  const read = async (path: string, node?: string) => (await nodes.read(path, 0, 99, { node })).toString();

  it('takes an object from the storage of its node first, whatever was asked before', async () => {
    expect(await read('cam1/a', 'edge-2')).toBe('second');
    expect(await read('cam1/a', 'edge-1')).toBe('first');
    expect(await read('cam1/a')).toBe('first');
    expect(await read('cam1/a', 'edge-2')).toBe('second');
    expect((await buffer(nodes.stream('cam1/a', 0, 6, { node: 'edge-2' }))).toString()).toBe('second');
  });

  it('looks in the others for what a node has not', async () => {
    expect(await read('cam2/b', 'edge-1')).toBe('other');
  });

  it('does not take what another node recorded to the same path for what is missing', async () => {
    const [one, two] = [new FsStore(join(folder, 'one')), new FsStore(join(folder, 'two'))];
    const isOfOthers = async (alias: string, dir: string) => (store: ObjectStore) =>
      store === two && alias === 'edge-1' && dir === 'cam2';
    const stores = [one, two];
    const chained = new StoreChain({ stores, ofNode: () => one, isOfOthers, readOthers: async () => [two] });
    expect(await chained.stat('cam2/b', { node: 'edge-1' })).toBeNull();
    expect(await chained.stat('cam2/b', { node: 'edge-3' })).not.toBeNull();
    expect(await chained.hasFolder('cam2/', { node: 'edge-1' })).toBe(false);
    expect(await chained.hasFolder('cam2/', { node: 'edge-3' })).toBe(true);
  });

  it('does not let the trouble of a storage spread to the nodes of others', async () => {
    const one = new FsStore(join(folder, 'one'));
    const away = Object.assign(new FsStore(join(folder, 'two')), {
      stat: () => Promise.reject(new AppError('storage_unavailable', 'It does not answer.')),
    });
    const ofNode = (alias: string) => (alias === 'edge-2' ? away : one);
    const chained = new StoreChain({ stores: [one, away], ofNode, readOthers: async () => [] });
    expect(await chained.stat('cam1/none', { node: 'edge-1' })).toBeNull();
    await expect(chained.stat('cam1/a', { node: 'edge-2' })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });

  it('removes nothing from the storage of another node', async () => {
    await writeFile(join(folder, 'one/both'), 'x');
    await writeFile(join(folder, 'two/both'), 'x');
    expect(await nodes.remove(['both'], { node: 'edge-2' })).toEqual({ missing: [], failures: [] });
    expect(await nodes.stat('both', { node: 'edge-1' })).not.toBeNull();
    expect(await new FsStore(join(folder, 'two')).stat('both')).toBeNull();
  });

  it('lists the storage of the node alone', async () => {
    const paths = async (node: string) => {
      const found: string[] = [];
      for await (const { path } of nodes.list('', { node })) found.push(path);
      return found;
    };
    expect(await paths('edge-1')).not.toContain('cam2/b');
    expect(await paths('edge-2')).toContain('cam2/b');
  });
});

it('removes from the storages that a node has recorded to before, and not from those of others', async () => {
  for (const name of ['now', 'before', 'foreign']) {
    await mkdir(join(folder, name, 'cam9'), { recursive: true });
    for (const file of ['a', 'kept']) await writeFile(join(folder, name, 'cam9', file), 'x');
  }
  const [now, before, foreign] = ['now', 'before', 'foreign'].map((name) => new FsStore(join(folder, name)));
  if (!now || !before || !foreign) throw new Error('three stores');
  const stores = [now, before, foreign];
  const several = new StoreChain({
    stores,
    ofNode: () => now,
    formerOf: async (alias) => (alias === 'edge-1' ? [before] : []),
    readOthers: async () => [],
  });
  expect(await several.homesOf('edge-1')).toEqual([now, before]);
  await rm(join(folder, 'now/cam9'), { recursive: true });
  expect(await several.hasFolder('cam9/', { node: 'edge-1' })).toBe(true);
  expect(await several.hasFolder('cam9/', { node: 'edge-2' })).toBe(false);
  expect(await several.remove(['cam9/a'], { node: 'edge-1' })).toEqual({ missing: [], failures: [] });
  const left = await Promise.all(stores.map((store) => store.stat('cam9/a')));
  expect(left.map((info) => info !== null)).toEqual([false, false, true]);
});
