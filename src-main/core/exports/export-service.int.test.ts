import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { CAPTURES, decodeMessages, probe } from '../media/media-test-kit.ts';
import { createClipService } from '../playback/clip-service.ts';
import { type IndexedRecording, indexCapture } from '../playback/playback-test-kit.ts';
import { FsStore } from '../storage/fs-store.ts';
import { createExportService, type ExportChange, type ExportService } from './export-service.ts';

const BOTH = { video: 'v_', audio: 'a_' };
const OLD = 'v0.9.0/recordings/cam1/1795345823';

/** A store whose media can be held back or lost. */
class HinderedStore extends FsStore {
  isHeld = false;
  isLost = false;

  override async read(...args: Parameters<FsStore['read']>): Promise<Buffer> {
    const [objectPath, offset, , options] = args;
    // Headers, which planning reads, come through.
    if (offset > 0) await this.#hindered(objectPath, options?.signal);
    return super.read(...args);
  }

  override stream(...args: Parameters<FsStore['stream']>): Readable {
    const [objectPath, , , options] = args;
    const open = () => super.stream(...args);
    const hindered = () => this.#hindered(objectPath, options?.signal);
    return Readable.from(
      (async function* () {
        await hindered();
        yield* open();
      })(),
      { objectMode: false },
    );
  }

  async #hindered(objectPath: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.isLost) throw new AppError('object_missing', `${objectPath} is not in storage.`);
    while (this.isHeld) await wait(10, undefined, { signal });
  }
}

let test: TestDatabase;
let recording: IndexedRecording;
let folder: string;
let store: HinderedStore;
let exports: ExportService;

beforeAll(async () => {
  test = await createTestDatabase();
  recording = await indexCapture(test.database, { stream: 'cam1', folder: OLD, prefixes: BOTH });
  const mixed = { stream: 'mixed', prefixes: BOTH };
  await indexCapture(test.database, { ...mixed, folder: OLD });
  const av1 = 'head/recordings/cam3/1795345208';
  await indexCapture(test.database, { ...mixed, folder: av1, shiftUs: 615e6 + 40e6 });
});
afterAll(() => test?.close());

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'liveman-export-')), 'clips');
  store = new HinderedStore(CAPTURES);
  exports = newService();
});
afterEach(async () => {
  await exports.close();
  await test.database.db.deleteFrom('exports').execute();
  await rm(path.dirname(folder), { recursive: true, force: true });
});

const MANAGER = 'c0ffee00-0000-4000-8000-000000000001';

function newService(managerId = MANAGER): ExportService {
  const { database } = test;
  const common = { database, store, clock: systemClock, logger: silentLogger };
  const clips = createClipService({ ...common, index: { ensureAnalysed: async () => {} } });
  const hostsOf = async (ids: readonly string[]) => new Map(ids.map((id) => [id, 'other-host']));
  return createExportService({ ...common, clips, folder, managerId, hostsOf });
}

const tenSeconds = () => ({ startUs: recording.startUs + 5e6, endUs: recording.startUs + 15e6 });

async function until(id: string, isWanted: (job: ExportJob) => boolean): Promise<ExportJob> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const job = (await exports.list()).find((candidate) => candidate.id === id);
    if (job && isWanted(job)) return job;
    await wait(10);
  }
  throw new Error('The job did not come that far within 10 s.');
}
const ended = (id: string) => until(id, (job) => ['done', 'failed', 'cancelled'].includes(job.state));

async function createOne(): Promise<ExportJob> {
  const [job] = await exports.create('cam1', tenSeconds());
  if (!job) throw new Error('No job was made.');
  return job;
}

describe('an export', () => {
  it('becomes a file that any player opens', async () => {
    const states: string[] = [];
    exports.onDidChange(({ job }) => states.push(job?.state ?? 'gone'));
    const created = await createOne();
    expect(created).toMatchObject({ state: 'waiting', writtenBytes: 0, folder });
    const job = await ended(created.id);
    expect(job).toMatchObject({
      state: 'done',
      error: null,
      durationUs: 10_000_000,
      writtenBytes: job.sizeBytes,
    });
    expect(job.fileName).toMatch(/^cam1 \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.mp4$/);
    expect([...new Set(states)]).toEqual(['waiting', 'running', 'checking', 'done']);

    const file = await exports.file(job.id);
    expect(file.sizeBytes).toBe(job.sizeBytes);
    expect(await decodeMessages(file.path)).toBe('');
    const { format, streams } = await probe(file.path);
    expect(Math.abs(Number(format.duration) - 10)).toBeLessThanOrEqual(1 / 30);
    expect(streams.map((stream) => stream.codec_type).sort()).toEqual(['audio', 'video']);
    expect(await readdir(folder)).toEqual([job.fileName]);
  });

  it('says beforehand what it will be', async () => {
    const preview = await exports.preview('cam1', tenSeconds());
    const job = await ended((await createOne()).id);
    expect(preview).toMatchObject({
      sizeBytes: job.sizeBytes,
      durationUs: 10_000_000,
      gaps: [],
      warnings: [],
    });
    expect(preview.startsEarlyUs).toBe(job.startsEarlyUs);
    expect(preview.parts).toEqual([tenSeconds()]);
  });

  it('never takes the place of a file that is there', async () => {
    const first = await ended((await createOne()).id);
    await writeFile(path.join(folder, first.fileName ?? ''), 'mine');
    const second = await ended((await createOne()).id);
    expect(second.fileName).toBe(first.fileName?.replace('.mp4', ' (2).mp4'));
    expect(await readFile(path.join(folder, first.fileName ?? ''), 'utf8')).toBe('mine');
  });

  it('is divided where the codec changes', async () => {
    const range = { startUs: recording.startUs + 10e6, endUs: recording.startUs + 80e6 };
    const preview = await exports.preview('mixed', range);
    const jobs = await exports.create('mixed', range);
    expect(jobs.map(({ startUs, endUs }) => ({ startUs, endUs }))).toEqual(preview.parts);
    expect(jobs).toHaveLength(2);
    const done = await Promise.all(jobs.map((job) => ended(job.id)));
    expect(done.map((job) => job.state)).toEqual(['done', 'done']);
    expect(done.reduce((sum, job) => sum + (job.sizeBytes ?? 0), 0)).toBe(preview.sizeBytes);
  });

  it('of nothing is refused at once', async () => {
    const nothing = exports.create('cam1', { startUs: 1e15, endUs: 1e15 + 1e6 });
    await expect(nothing).rejects.toMatchObject({ code: 'no_media' });
    expect(await exports.list()).toEqual([]);
  });
});

describe('an export that is cancelled', () => {
  it('leaves nothing behind', async () => {
    store.isHeld = true;
    const { id } = await createOne();
    await until(id, (job) => job.state === 'running' && job.writtenBytes > 0);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toHaveLength(1);
    expect(await exports.cancel(id)).toMatchObject({ state: 'cancelled', writtenBytes: 0 });
    expect(await readdir(folder)).toEqual([]);
    await expect(exports.cancel(id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('may still wait, and can be started again', async () => {
    store.isHeld = true;
    const jobs = [await createOne(), await createOne(), await createOne()];
    await until(jobs[1]!.id, (job) => job.state === 'running');
    const last = (await exports.list()).find((job) => job.state === 'waiting');
    expect(last?.id).toBe(jobs[2]?.id);
    await exports.cancel(last!.id);
    store.isHeld = false;
    expect(await exports.retry(last!.id)).toMatchObject({ state: 'waiting', finishedAtMs: null });
    for (const job of jobs) expect(await ended(job.id)).toMatchObject({ state: 'done' });
    expect(await readdir(folder)).toHaveLength(3);
  });
});

describe('an export that fails', () => {
  it('says which object is missing, and works when it is back', async () => {
    store.isLost = true;
    const { id } = await createOne();
    const failed = await ended(id);
    expect(failed.state).toBe('failed');
    expect(failed.error).toMatch(/[av]_seg_000\d\.m4s is not in storage/);
    expect(await readdir(folder)).toEqual([]);
    await expect(exports.file(id)).rejects.toMatchObject({ code: 'conflict' });
    store.isLost = false;
    await exports.retry(id);
    expect(await ended(id)).toMatchObject({ state: 'done', error: null });
  });

  it('says that the folder is none', async () => {
    await mkdir(path.dirname(folder), { recursive: true });
    await writeFile(folder, 'a file where the folder should be');
    const failed = await ended((await createOne()).id);
    expect(failed).toMatchObject({ state: 'failed' });
    expect(failed.error).toContain(`The folder ${folder} is not there or no folder`);
    await rm(folder);
  });
});

describe('after a restart', () => {
  it('goes on with what was not finished', async () => {
    store.isHeld = true;
    const { id } = await createOne();
    await until(id, (job) => job.state === 'running' && job.writtenBytes > 0);
    await exports.close();
    const [left] = await test.database.db.selectFrom('exports').selectAll().execute();
    expect(left?.state).toBe('running');
    store.isHeld = false;
    exports = newService();
    const job = await ended(id);
    expect(job).toMatchObject({ state: 'done', error: null });
    expect(await decodeMessages((await exports.file(id)).path)).toBe('');
    expect(await readdir(folder)).toEqual([job.fileName]);
  });

  it('does not write a file twice that was named just before the end', async () => {
    const { id } = await createOne();
    const job = await ended(id);
    await exports.close();
    await test.database.db.updateTable('exports').set({ state: 'checking' }).execute();
    exports = newService();
    expect(await ended(id)).toMatchObject({ state: 'done', fileName: job.fileName });
    expect(await readdir(folder)).toEqual([job.fileName]);
  });
});

describe('the list', () => {
  it('has the newest first and lets go of what ended; the file stays', async () => {
    const first = await ended((await createOne()).id);
    const second = await ended((await createOne()).id);
    expect((await exports.list()).map((job) => job.id)).toEqual([second.id, first.id]);
    const told: ExportChange[] = [];
    exports.onDidChange((change) => told.push(change));
    await exports.remove(first.id);
    expect(told).toEqual([{ id: first.id, job: null }]);
    expect(await exports.find(first.id)).toBeNull();
    expect((await exports.list()).map((job) => job.id)).toEqual([second.id]);
    expect(await readdir(folder)).toContain(first.fileName);
    await expect(exports.remove(first.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps a running job', async () => {
    store.isHeld = true;
    const { id } = await createOne();
    await until(id, (job) => job.state === 'running');
    await expect(exports.remove(id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('knows when a finished file was moved away', async () => {
    const job = await ended((await createOne()).id);
    await rm(path.join(folder, job.fileName ?? ''));
    await expect(exports.file(job.id)).rejects.toMatchObject({ code: 'object_missing' });
  });
});
