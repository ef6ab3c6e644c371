import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { moveToFreeName } from './free-name.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-name-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const noNote = async () => {};

async function part(content: string): Promise<string> {
  const partPath = path.join(folder, `${content}.part`);
  await writeFile(partPath, content);
  return partPath;
}

it('gives every file a name of its own, also at the same time', async () => {
  const parts = await Promise.all(['a', 'b', 'c'].map(part));
  const names = await Promise.all(parts.map((from) => moveToFreeName(from, folder, 'x 1.mp4', noNote)));
  expect([...names].sort()).toEqual(['x 1 (2).mp4', 'x 1 (3).mp4', 'x 1.mp4']);
  const contents = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  expect(contents).toEqual(['a', 'b', 'c']);
});

it('tells the name first, and gives it back when the note fails', async () => {
  const from = await part('a');
  const noting = async (name: string) => {
    expect(name).toBe('x.mp4');
    throw new Error('no database');
  };
  await expect(moveToFreeName(from, folder, 'x.mp4', noting)).rejects.toThrow('no database');
  expect(await readdir(folder)).toEqual(['a.part']);
});
