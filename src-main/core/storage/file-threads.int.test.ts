import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type BuiltWorker, buildWorker } from '../base/worker-test-kit.ts';
import { FileThreads } from './file-threads.ts';
import { FsStore } from './fs-store.ts';
import { sharedBuffer } from './spare-buffers.ts';

const READ = constants.O_RDONLY;
const content = randomBytes(1_300_000);
let worker: BuiltWorker;
let folder: string;
let file: string;
let threads: FileThreads;

beforeAll(async () => {
  worker = await buildWorker(path.join(import.meta.dirname, 'file-worker.ts'));
});
afterAll(() => worker.remove());
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-threads-'));
  await mkdir(path.join(folder, 'cam1/1'), { recursive: true });
  file = path.join(folder, 'cam1/1/v_seg_0001.m4s');
  await writeFile(file, content);
  threads = new FileThreads(worker.url);
});
afterEach(async () => {
  await threads.end();
  await rm(folder, { recursive: true, force: true });
});

it('opens, tells and reads a file, from its start at once', async () => {
  const ahead = sharedBuffer(1000);
  const opened = await threads.open(file, READ, ahead);
  expect(opened.info).toMatchObject({ isFile: true, sizeBytes: content.length });
  expect(opened.aheadBytes).toBe(1000);
  expect(ahead.equals(content.subarray(0, 1000))).toBe(true);
  for (const buffer of [sharedBuffer(5000), Buffer.alloc(5000)]) {
    expect(await opened.read(buffer, 1_297_000)).toBe(3000);
    expect(buffer.subarray(0, 3000).equals(content.subarray(1_297_000))).toBe(true);
    expect(await opened.read(buffer, content.length)).toBe(0);
  }
  await opened.close();
});

it('fails as the system does', async () => {
  await expect(threads.open(path.join(folder, 'none'), READ)).rejects.toMatchObject({ code: 'ENOENT' });
  const opened = await threads.open(folder, READ, sharedBuffer(10));
  expect(opened).toMatchObject({ info: { isFile: false }, aheadBytes: 0 });
  await expect(opened.read(sharedBuffer(10), 0)).rejects.toMatchObject({ code: 'EISDIR' });
  await opened.close();
});

it('leaves no file open', async () => {
  const openFiles = async () => (await readdir('/proc/self/fd', { withFileTypes: true })).length;
  await (await threads.open(file, READ)).close();
  const before = await openFiles();
  for (let i = 0; i < 200; i += 1) await (await threads.open(file, READ)).close();
  await expect.poll(openFiles).toBeLessThan(before + 20);
});

it('goes on beside a file that does not open', async () => {
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const hanging = Promise.all([threads.open(pipe, READ), threads.open(pipe, READ), threads.open(pipe, READ)]);
  // What came at once with the first waits behind it.
  await delay(100);
  for (let i = 0; i < 20; i += 1) {
    const opened = await threads.open(file, READ);
    expect(opened.info.sizeBytes).toBe(content.length);
    await opened.close();
  }
  // A writer lets the readers of a pipe go on.
  const writer = await open(pipe, 'r+');
  for (const opened of await hanging) await opened.close();
  await writer.close();
});

it('begins a thread anew after one has ended for want of work', async () => {
  const brief = new FileThreads(worker.url, 1);
  for (let i = 0; i < 100; i += 1) {
    const opened = await brief.open(file, READ);
    expect(await opened.read(sharedBuffer(10), 0)).toBe(10);
    await opened.close();
    await delay(i % 4);
  }
  await brief.end();
});

it('says so when a thread cannot run', async () => {
  const broken = new FileThreads(pathToFileURL(path.join(folder, 'none.mjs')));
  for (let i = 0; i < 3; i += 1) await expect(broken.open(file, READ)).rejects.toThrow('none.mjs');
});

it('reads the objects of a folder', async () => {
  const store = new FsStore(folder, { threads });
  const object = 'cam1/1/v_seg_0001.m4s';
  for (const isReadNext of [true, false]) {
    const opened = await store.open(object, { isReadNext });
    for (const [startByte, endByte] of [
      [0, content.length],
      [0, content.length],
      [600_000, 1_200_000],
      [0, 10],
    ] as const) {
      const read: Buffer[] = [];
      for await (const chunk of opened!.chunks(startByte, endByte - startByte)) read.push(Buffer.from(chunk));
      expect(Buffer.concat(read).equals(content.subarray(startByte, endByte))).toBe(true);
    }
    await opened!.close();
  }
  const start = await store.readStart(object, 4000);
  expect(start).toMatchObject({ sizeBytes: content.length });
  expect(start.bytes.equals(content.subarray(0, 4000))).toBe(true);
  expect((await store.read(object, 1_299_990, 100)).equals(content.subarray(1_299_990))).toBe(true);
  expect(await store.open('cam1/1/none.m4s', { isReadNext: true })).toBeNull();
  expect(await store.open('cam1/1', { isReadNext: true })).toBeNull();
});
