import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bookmark } from '../src-shared/model/bookmark.ts';
import type { RetentionPreview, RetentionRun, RetentionState } from '../src-shared/model/retention.ts';
import { copyCaptures } from './support/capture-storage.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** Bookmarks and retention over HTTP and on the command line, on what real nodes recorded. */

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));

let dataDir: string;
let storage: string;
let manager: ManagerProcess;

beforeAll(async () => {
  dataDir = await makeDataDir();
  storage = join(dataDir, 'storage-of-nodes');
  await copyCaptures('v0.9.0', storage);
  await writeFile(
    join(dataDir, 'liveman.toml'),
    `[recorder.storage]\ntype = "fs"\nroot = "storage-of-nodes"\n\n[[retention]]\nstreams = ["never-*"]\nkeep_days = 1\n`,
  );
  manager = await startManager(dataDir);
  await liveman('index', '--storage', storage, '--node', 'edge');
});
afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

async function liveman(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [MAIN, ...args, '--data', dataDir], { cwd: dataDir });
  return stdout;
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const reply = await fetch(`${manager.origin}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(JSON.stringify(answer)), answer);
  return answer as T;
}

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(storage, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

it('removes what the rules do not keep, except what a bookmark protects', async () => {
  const none = await call<RetentionPreview>('GET', '/api/retention/preview');
  expect(none).toMatchObject({ segments: 0, rules: [{ ruleId: 'file-1', streamCount: 0 }] });
  expect(await liveman('retention', '--dry-run')).toMatch(/^Would remove 0 segments/);

  const rules = [{ streams: ['*'], keepDays: 1, maxBytes: null }];
  const draft = await call<RetentionPreview>('POST', '/api/retention/preview', { rules });
  expect(draft.segments).toBeGreaterThan(0);
  expect((await call<RetentionState>('GET', '/api/retention')).rules).toHaveLength(1);
  const first = draft.streams[0];
  if (!first) throw new Error('The preview names no stream.');

  const { segments } = await call<{ segments: { start_ts: number; end_ts: number }[] }>(
    'GET',
    `/api/record/${first.stream}/timeline?limit=1`,
  );
  const startUs = segments[0]?.start_ts ?? 0;
  const bookmark = await call<Bookmark>('POST', '/api/bookmarks', {
    stream: first.stream,
    startUs,
    endUs: startUs,
    label: 'Gate opens',
    isProtected: true,
  });
  expect(bookmark).toMatchObject({
    stream: first.stream,
    label: 'Gate opens',
    createdBy: expect.any(String),
  });
  const kept = await call<RetentionPreview>('POST', '/api/retention/preview', { rules });
  expect(kept.segments).toBeLessThan(draft.segments);
  expect(kept.streams.find(({ stream }) => stream === first.stream)?.kept[0]?.text).toContain('Gate opens');

  await call('PUT', '/api/retention/rules', { rules });
  const { madeAtMs: _, ...saved } = await call<RetentionPreview>('GET', '/api/retention/preview');
  const { madeAtMs: __, ...onCommandLine } = JSON.parse(await liveman('retention', '--dry-run', '--json'));
  for (const preview of [saved, onCommandLine]) for (const stream of preview.streams) stream.cutoffUs = 0;
  expect(onCommandLine).toEqual(saved);
  expect(saved.segments).toBe(kept.segments);

  const before = await storedFiles();
  const removed = JSON.parse(await liveman('retention', '--run', '--json')) as RetentionRun;
  expect(removed).toMatchObject({ state: 'done', segments: kept.segments, problem: null });
  expect((await storedFiles()).length).toBeLessThan(before.length);
  const { runs } = await call<RetentionState>('GET', '/api/retention');
  expect(runs[0]).toMatchObject({ id: removed.id, segments: kept.segments });

  await call('DELETE', `/api/bookmarks/${bookmark.id}`);
  await call('POST', '/api/retention/run');
  const isDone = async () => {
    const [latest] = (await call<RetentionState>('GET', '/api/retention')).runs;
    return latest?.id !== removed.id && latest?.state === 'done';
  };
  await expect.poll(isDone, { timeout: 30_000 }).toBe(true);
  expect((await storedFiles()).filter((name) => name.endsWith('.m4s') || name.endsWith('.mpd'))).toEqual([]);
  const { streams } = await call<{ streams: unknown[] }>('GET', '/api/recorded-streams');
  expect(streams).toEqual([]);
});

it('lists, changes and removes bookmarks', async () => {
  const instant = (stream: string | null, startUs: number, label = '') =>
    call<Bookmark>('POST', '/api/bookmarks', { stream, startUs, endUs: startUs, label, isProtected: false });
  const late = await instant('cam1', 3000, 'Truck');
  const early = await instant('cam2', 1000);
  const all = await instant(null, 2000, 'Power cut');
  const list = async (query = '') =>
    (await call<{ bookmarks: Bookmark[] }>('GET', `/api/bookmarks${query}`)).bookmarks.map(({ id }) => id);
  expect(await list()).toEqual([early.id, all.id, late.id]);
  expect(await list('?stream=cam1')).toEqual([all.id, late.id]);
  expect(await list('?stream=cam1&stream=cam2&start_ts=1500&end_ts=2500')).toEqual([all.id]);
  expect(await list('?text=POWER')).toEqual([all.id]);
  expect(await call('GET', '/api/bookmarks?limit=2')).toMatchObject({ isComplete: false });

  const changed = await call<Bookmark>('PATCH', `/api/bookmarks/${late.id}`, {
    endUs: 9000,
    isProtected: true,
  });
  expect(changed).toMatchObject({ label: 'Truck', startUs: 3000, endUs: 9000, isProtected: true });
  await expect(call('PATCH', `/api/bookmarks/${late.id}`, { endUs: 1 })).rejects.toMatchObject({
    code: 'invalid_range',
  });
  expect(await call('DELETE', `/api/bookmarks/${late.id}`)).toMatchObject({ id: late.id, label: 'Truck' });
  await expect(call('DELETE', `/api/bookmarks/${late.id}`)).rejects.toMatchObject({ code: 'not_found' });
});

it('refuses rules that say nothing', async () => {
  const rule = { streams: [' '], keepDays: 1, maxBytes: null };
  await expect(call('PUT', '/api/retention/rules', { rules: [rule] })).rejects.toMatchObject({
    code: 'bad_request',
  });
  await expect(
    call('PUT', '/api/retention/rules', { rules: [{ ...rule, streams: ['*'], keepDays: 0 }] }),
  ).rejects.toMatchObject({ code: 'unprocessable' });
});
