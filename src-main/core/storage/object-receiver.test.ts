import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ObjectReceiver } from './object-receiver.ts';

let folder: string;
let root: string;
let receiver: ObjectReceiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receiver-'));
  root = join(folder, 'store');
  receiver = new ObjectReceiver(root, 1000);
});
afterEach(() => rm(folder, { recursive: true }));

const put = (path: string, text: string, expectedBytes: number | null = text.length, signal?: AbortSignal) =>
  receiver.receive(path, Readable.from([Buffer.from(text)]), {
    expectedBytes,
    ...(signal ? { signal } : {}),
  });
const parts = () => readdir(join(root, '.uploads'));

it('puts an object into its place, and another in place of it', async () => {
  expect(await put('cam1/1/a', 'first')).toBe(5);
  expect(await put('cam1/1/a', 'second', null)).toBe(6);
  expect(await readFile(join(root, 'cam1/1/a'), 'utf8')).toBe('second');
  expect(await put('cam1/1/empty', '')).toBe(0);
  expect(await parts()).toEqual([]);
});

it('takes the same object many times at once, and has it whole', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => String(index % 10).repeat(900));
  await Promise.all(texts.map((text) => put('cam1/1/a', text)));
  expect(texts).toContain(await readFile(join(root, 'cam1/1/a'), 'utf8'));
  expect(await parts()).toEqual([]);
});

it('leaves what was there when an upload breaks off, is too long or is given up', async () => {
  await put('cam1/1/a', 'first');
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    })(),
  );
  await expect(receiver.receive('cam1/1/a', broken, { expectedBytes: 8 })).rejects.toThrow(/broke off/);
  await expect(put('cam1/1/a', 'half', 8)).rejects.toThrow(/4 of 8 bytes/);
  await expect(put('cam1/1/a', 'x'.repeat(1001), null)).rejects.toMatchObject({ code: 'payload_too_large' });
  await expect(put('cam1/1/a', 'x', 1001)).rejects.toMatchObject({ code: 'payload_too_large' });
  await expect(put('cam1/1/a', 'x', 1, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  expect(await readFile(join(root, 'cam1/1/a'), 'utf8')).toBe('first');
  expect(await parts()).toEqual([]);
});

it('never writes outside of its root', async () => {
  await mkdir(join(folder, 'outside'));
  await mkdir(root);
  await symlink(join(folder, 'outside'), join(root, 'cam1'));
  await writeFile(join(folder, 'secret'), 'kept');
  await mkdir(join(root, 'cam2'));
  await symlink(join(folder, 'secret'), join(root, 'cam2/a'));
  await expect(put('cam1/1/a', 'x')).rejects.toMatchObject({ code: 'bad_request' });
  await expect(put('cam1/a', 'x')).rejects.toMatchObject({ code: 'bad_request' });
  await expect(put('../a', 'x')).rejects.toMatchObject({ code: 'bad_request' });
  // The link is replaced, not followed.
  await put('cam2/a', 'new');
  expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('kept');
  expect(await readFile(join(root, 'cam2/a'), 'utf8')).toBe('new');
  expect(await readdir(join(folder, 'outside'))).toEqual([]);
});

it('follows a link that stays below its root', async () => {
  await mkdir(join(root, 'real'), { recursive: true });
  await symlink(join(root, 'real'), join(root, 'cam1'));
  await put('cam1/1/a', 'x');
  expect(await readFile(join(root, 'real/1/a'), 'utf8')).toBe('x');
});

it('says why it cannot write', async () => {
  await put('cam1/1', 'a file');
  await expect(put('cam1/1/a', 'x')).rejects.toThrow(/a file stands where a folder should be/);
  await expect(put('cam1', 'x')).rejects.toThrow(/there is a folder of this name/);
  await expect(put(`${'x'.repeat(300)}/1/a`, 'x')).rejects.toMatchObject({ code: 'bad_request' });
});

it('knows beforehand where it cannot write', async () => {
  const receiver = new ObjectReceiver(root, 1000);
  // It is made with the first object.
  await receiver.demandWritable();
  await put('cam1/1/a', 'x');
  await receiver.demandWritable();
  await rm(root, { recursive: true });
  await writeFile(root, 'a file');
  await expect(receiver.demandWritable()).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringContaining('a file stands where a folder should be'),
  });
});

it('removes what uploads left that were killed long ago, and nothing else', async () => {
  const left = ['00000000-0000-4000-8000-000000000001.part', '00000000-0000-4000-8000-000000000002.part'];
  await mkdir(join(root, '.uploads'), { recursive: true });
  for (const name of [...left, 'other']) await writeFile(join(root, '.uploads', name), 'x');
  for (const name of [left[0]!, 'other']) await utimes(join(root, '.uploads', name), 1, 1);
  await put('cam1/1/a', 'x');
  await expect.poll(parts).toEqual([left[1], 'other']);
});
