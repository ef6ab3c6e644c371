import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer as collect } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FsStore } from './fs-store.ts';
import { START_BYTES } from './object-store.ts';

let folder: string;
let root: string;
let store: FsStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'fs-store-'));
  root = path.join(folder, 'root');
  await mkdir(root);
  store = new FsStore(root);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(objectPath: string, content: string | Buffer = objectPath): Promise<void> {
  await mkdir(path.dirname(path.join(root, objectPath)), { recursive: true });
  await writeFile(path.join(root, objectPath), content);
}

async function listed(prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path: found } of store.list(prefix)) paths.push(found);
  return paths;
}

it('tells size, time and a tag that changes with the object', async () => {
  await put('cam 1/x.m4s', 'hello');
  await utimes(path.join(root, 'cam 1/x.m4s'), 1_700_000_000, 1_700_000_000.25);
  const before = await store.stat('cam 1/x.m4s');
  expect(before).toMatchObject({ sizeBytes: 5, modifiedMs: 1_700_000_000_250 });
  expect(before?.etag).toMatch(/^".+"$/);
  await put('cam 1/x.m4s', 'hallo');
  expect((await store.stat('cam 1/x.m4s'))?.etag).not.toBe(before?.etag);
  expect(await store.stat('cam 1')).toBeNull();
  expect(await store.stat('cam 1/y.m4s')).toBeNull();
  expect(await store.stat('cam 1/x.m4s/z')).toBeNull();
});

it('reads ranges, short at the end', async () => {
  await put('x', '0123456789');
  expect((await store.read('x', 2, 3)).toString()).toBe('234');
  expect((await store.read('x', 8, 100)).toString()).toBe('89');
  expect((await store.read('x', 20, 5)).length).toBe(0);
  await expect(store.read('y', 0, 1)).rejects.toMatchObject({ code: 'object_missing' });
});

it('uses the memory of a start again once it is released, and not before', async () => {
  await put('x', 'xxxx');
  await put('y', 'yy');
  const x = await store.readStart('x', START_BYTES);
  const y = await store.readStart('y', START_BYTES);
  expect([x.bytes, y.bytes].map(String)).toEqual(['xxxx', 'yy']);
  expect(y.bytes.buffer).not.toBe(x.bytes.buffer);
  x.release?.();
  const again = await store.readStart('y', 1);
  expect(again).toMatchObject({ sizeBytes: 2 });
  expect(again.bytes.toString()).toBe('y');
  expect(again.bytes.buffer).toBe(x.bytes.buffer);
  const whole = await store.readStart('x', START_BYTES + 1);
  expect(whole.bytes.toString()).toBe('xxxx');
  expect(whole.release).toBeUndefined();
});

it('streams a range over several chunks', async () => {
  const content = Buffer.from(Uint8Array.from({ length: 3_500_000 }, (_, i) => i % 251));
  await put('big', content);
  const part = await collect(store.stream('big', 1000, 3_000_000));
  expect(part.equals(content.subarray(1000, 3_001_000))).toBe(true);
});

it('reads ahead no more than a few chunks', async () => {
  await put('big', '');
  await truncate(path.join(root, 'big'), 200_000_000);
  const stream = store.stream('big', 0, 200_000_000);
  await new Promise((resolve) => stream.once('readable', resolve));
  expect(stream.readableLength).toBeLessThan(5_000_000);
  stream.destroy();
});

it('gives chunks whose buffers are used again, also to many readers at once', async () => {
  const content = Buffer.from(Uint8Array.from({ length: 3_500_000 }, (_, i) => (i * 7 + (i >> 9)) % 251));
  await put('big', content);
  const readAll = async (offset: number): Promise<void> => {
    let at = offset;
    for await (const chunk of store.chunks('big', offset, content.length - offset)) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(content.subarray(at, at + chunk.length).equals(chunk)).toBe(true);
      at += chunk.length;
    }
    expect(at).toBe(content.length);
  };
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([0, 1, 1000, 2_000_000, 3_499_999].map(readAll));
    // One that leaves early must not spoil what the others read.
    for await (const chunk of store.chunks('big', 0, content.length)) {
      expect(chunk[0]).toBe(content[0]);
      break;
    }
  }
  const tooLong = async (): Promise<void> => {
    for await (const _ of store.chunks('big', 0, content.length + 1));
  };
  await expect(tooLong()).rejects.toMatchObject({ code: 'storage_unavailable' });
});

it('reads of an object that is open what it told of it, also when another takes its place', async () => {
  const content = Buffer.from(Uint8Array.from({ length: 1_200_000 }, (_, i) => i % 251));
  await put('cam1/x', content);
  const object = await store.open('cam1/x');
  expect(object?.info).toEqual(await store.stat('cam1/x'));
  await put('cam1/new', 'short');
  await rename(path.join(root, 'cam1/new'), path.join(root, 'cam1/x'));
  for (const [offset, sizeBytes] of [
    [0, content.length],
    [700_000, 100_000],
  ] as const) {
    const parts: Buffer[] = [];
    for await (const chunk of object!.chunks(offset, sizeBytes)) parts.push(Buffer.from(chunk));
    expect(Buffer.concat(parts).equals(content.subarray(offset, offset + sizeBytes))).toBe(true);
  }
  await object!.close();
  expect(await store.open('cam1/y')).toBeNull();
  expect(await store.open('cam1')).toBeNull();
  await expect(store.open('../outside')).rejects.toMatchObject({ code: 'bad_request' });
  await expect(store.open('cam1/x', { signal: AbortSignal.abort('over') })).rejects.toBe('over');
});

it('stops reading an open object at an abort, and leaves no file open', async () => {
  const openFiles = async () => {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return links.filter((target) => target.startsWith(root));
  };
  await put('x', Buffer.alloc(3_000_000));
  const stop = new AbortController();
  const object = await store.open('x', { signal: stop.signal });
  const reading = async (): Promise<void> => {
    for await (const _ of object!.chunks(0, 3_000_000)) stop.abort('enough');
  };
  await expect(reading()).rejects.toBe('enough');
  await object!.close();
  await store.open('.').catch(() => null);
  await store.open('cam1');
  if (process.platform === 'linux') await expect.poll(openFiles).toEqual([]);
});

it('fails in words when the object is shorter than asked, missing or the call was aborted', async () => {
  await put('x', '0123456789');
  await expect(collect(store.stream('x', 0, 11))).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(collect(store.stream('y', 0, 1))).rejects.toMatchObject({ code: 'object_missing' });
  const signal = AbortSignal.abort();
  await expect(store.read('x', 0, 1, { signal })).rejects.toMatchObject({ name: 'AbortError' });
});

it('lists in the order of whole paths', async () => {
  const paths = ['a/2', 'a/10', 'a-b/1', 'a.txt', 'b/c/d', 'Z'];
  for (const name of paths) await put(name);
  expect(await listed()).toEqual([...paths].sort());
  expect(await listed('a/')).toEqual(['a/10', 'a/2']);
  expect(await listed('a')).toEqual(['a-b/1', 'a.txt', 'a/10', 'a/2']);
  expect(await listed('b/c/')).toEqual(['b/c/d']);
  expect(await listed('nothing/')).toEqual([]);
  expect(await listed('a.txtx')).toEqual([]);
});

it('goes on listing behind a path, whether that is there or not', async () => {
  const paths = ['a/2', 'a/10', 'a-b/1', 'a.txt', 'b/c/d', 'Z'];
  for (const name of paths) await put(name);
  const sorted = [...paths].sort();
  for (const after of [...sorted, 'a/11', 'b/', 'a', 'zzz', '']) {
    const found: string[] = [];
    for await (const object of store.list('', { after })) found.push(object.path);
    expect(found, after).toEqual(sorted.filter((name) => name > after));
  }
});

it('lists the folders of one level, whatever lies in them', async () => {
  for (const name of ['cam1/2026/11/x', 'cam1/1795345823/x', 'cam1/y', 'cam-1/x', 'file']) await put(name);
  await mkdir(path.join(folder, 'outside'));
  await symlink(path.join(folder, 'outside'), path.join(root, 'door'));
  await symlink(path.join(root, 'cam1'), path.join(root, 'same'));
  expect(await store.folders('')).toEqual(['cam-1', 'cam1', 'same']);
  expect(await store.folders('cam1')).toEqual(['cam1/1795345823', 'cam1/2026']);
  expect(await store.folders('nothing')).toEqual([]);
  await expect(store.folders('..')).rejects.toMatchObject({ code: 'bad_request' });
  await expect(new FsStore(path.join(folder, 'nowhere')).folders('')).rejects.toMatchObject({
    code: 'object_missing',
  });
});

it('tells of names that no object can have, and lists the rest', async () => {
  const skipped: string[] = [];
  for (const name of ['cam1/a', 'back\\slash/b', 'cam1/c\\d', 'question\uFFFD/e']) await put(name);
  const notUtf8 = Buffer.concat([Buffer.from(`${root}/no`), Buffer.from([0xff]), Buffer.from('t/')]);
  await mkdir(notUtf8);
  const found: string[] = [];
  for await (const { path: each } of store.list('', { onSkipped: (name) => skipped.push(name) }))
    found.push(each);
  expect(found).toEqual(['cam1/a', 'question\uFFFD/e']);
  expect(skipped).toEqual(['back\\slash/', 'cam1/c\\d', 'no\uFFFDt/']);
});

it('lists folders of many files', async () => {
  const names = Array.from({ length: 700 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
  for (const name of names) await put(name);
  expect(await listed()).toEqual(names);
  expect(await listed('many/069')).toEqual(names.slice(690));
});

it('says that the storage itself is not there', async () => {
  const away = new FsStore(path.join(folder, 'nowhere'));
  await expect(away.list('').next()).rejects.toMatchObject({ code: 'object_missing' });
  expect(await away.usage()).toBeNull();
});

it('does not follow a link out of the root', async () => {
  await mkdir(path.join(folder, 'outside'));
  await writeFile(path.join(folder, 'outside/secret'), 'secret');
  await put('cam1/x');
  await symlink(path.join(folder, 'outside'), path.join(root, 'door'));
  await symlink(path.join(folder, 'outside/secret'), path.join(root, 'key'));
  await symlink(path.join(root, 'cam1'), path.join(root, 'same'));
  await symlink(root, path.join(root, 'cam1/loop'));
  await expect(store.read('door/secret', 0, 10)).rejects.toMatchObject({ code: 'bad_request' });
  await expect(store.stat('key')).rejects.toMatchObject({ code: 'bad_request' });
  await expect(store.read('../outside/secret', 0, 10)).rejects.toMatchObject({ code: 'bad_request' });
  expect(await store.read('same/x', 0, 10)).toHaveLength(6);
  expect(await listed()).toEqual(['cam1/x', 'same/x']);
});

it('knows the space of its disk', async () => {
  const usage = await store.usage();
  expect(usage?.totalBytes).toBeGreaterThan(usage?.usedBytes ?? Infinity);
});

it('removes objects and the folders that then are empty, and nothing else', async () => {
  await put('cam1/1/v_init.m4s');
  await put('cam1/1/v_seg_0001.m4s');
  await put('cam1/2/v_seg_0001.m4s');
  const outside = path.join(folder, 'outside');
  await writeFile(outside, 'kept');
  await symlink(outside, path.join(root, 'cam1/1/link'));
  await symlink(folder, path.join(root, 'way-out'));
  const removal = await store.remove([
    'cam1/1/v_init.m4s',
    'cam1/1/v_seg_0001.m4s',
    'cam1/1/link',
    'cam1/1/v_seg_0002.m4s',
    'cam9/v_seg_0001.m4s',
    'cam1/2',
    'way-out/outside',
    '../outside',
  ]);
  expect(removal.missing?.sort()).toEqual(['cam1/1/v_seg_0002.m4s', 'cam1/2', 'cam9/v_seg_0001.m4s']);
  expect(removal.failures.map(({ path: failed }) => failed).sort()).toEqual([
    '../outside',
    'way-out/outside',
  ]);
  await store.removeEmptyFolder('cam1/1');
  await store.removeEmptyFolder('cam1/2');
  await store.removeEmptyFolder('cam9/1');
  expect(await listed()).toEqual(['cam1/2/v_seg_0001.m4s']);
  await expect(lstat(path.join(root, 'cam1/1'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await lstat(outside)).toMatchObject({ size: 4 });
  await store.remove(['cam1/2/v_seg_0001.m4s']);
  await store.removeEmptyFolder('cam1/2');
  await expect(lstat(path.join(root, 'cam1'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await lstat(root)).isDirectory()).toBe(true);
});

it('takes an empty root for a disk that is not mounted, unless it cannot be one', async () => {
  await expect(store.remove(['cam1/x'])).rejects.toThrow(/is empty, so nothing is removed/);
  await expect(new FsStore(path.join(root, 'gone')).remove(['cam1/x'])).rejects.toThrow(/is not there/);
  const own = new FsStore(root, { mayBeEmpty: true });
  expect(await own.remove(['cam1/x'])).toEqual({ missing: ['cam1/x'], failures: [] });
});
