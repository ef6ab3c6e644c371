import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SetAsideFile, type SetAsideReport } from './set-aside-file.ts';

let folder: string;
let place: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-set-aside-'));
  place = path.join(folder, 'set-aside.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const nth = (n: number): SetAsideReport => ({
  arrivedAtUs: n,
  reason: `why ${n}`,
  report: { node_alias: 'edge-1', stream: 'cam1', segments: [] },
});
const fill = async (file: SetAsideFile, count: number) => {
  for (let n = 0; n < count; n += 1) await file.add(nth(n));
};

it('reads no further than it is asked', async () => {
  const file = await SetAsideFile.open(place);
  await fill(file, 3);
  expect(await file.read()).toEqual([nth(0), nth(1), nth(2)]);
  expect(await file.read(0)).toEqual([]);
  // More than a string can hold, on a disk that need not have the room.
  await truncate(place, 2 ** 30);
  expect(await file.read(2)).toEqual([nth(0), nth(1)]);
});

it('takes out and changes, and counts what is left, also when it is opened again', async () => {
  const file = await SetAsideFile.open(place);
  await fill(file, 4);
  await file.change((report) =>
    report.arrivedAtUs === 1 ? null : { ...report, reason: `still ${report.arrivedAtUs}` },
  );
  for (const each of [file, await SetAsideFile.open(place)]) {
    expect((await each.read()).map(({ reason }) => reason)).toEqual(['still 0', 'still 2', 'still 3']);
    expect(each).toMatchObject({ count: 3, newestReason: 'still 3' });
    expect(each.sizeBytes).toBe((await readFile(place)).length);
  }
  await file.change(() => null);
  expect(file).toMatchObject({ count: 0, newestReason: null, sizeBytes: 0 });
  await expect(readFile(place)).rejects.toThrow('ENOENT');
  expect(await file.read()).toEqual([]);
});

it('leaves out a line that was cut off', async () => {
  const file = await SetAsideFile.open(place);
  await fill(file, 2);
  await appendFile(place, '{"arrivedAtUs":7,"rea');
  const again = await SetAsideFile.open(place);
  expect(again.count).toBe(2);
  await again.add(nth(9));
  expect((await again.read()).map(({ arrivedAtUs }) => arrivedAtUs)).toEqual([0, 1, 9]);
});
