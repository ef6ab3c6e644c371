import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, it, vi } from 'vitest';
import { type ProfileContent, readProfileFile, writeProfileFile } from './profile-file.ts';

// Each derived key costs about half a second.
vi.setConfig({ testTimeout: 60_000 });

const PHRASE = 'correct horse';
const content: ProfileContent = {
  name: 'Harbour',
  config: '[http]\nlisten = "127.0.0.1:9000"\n',
  window: { theme: 'dark' },
  secrets: { config: '[auth]\nsecret = "sesame"\n', stored: { 'node-token/1': 'open' } },
};
const { secrets: _, ...openPart } = content;

it('gives back what was written, secrets only with the pass phrase', async () => {
  const text = await writeProfileFile(content, PHRASE);
  expect(text).not.toMatch(/sesame|open/);
  expect(await readProfileFile(text, PHRASE)).toEqual(content);
  expect(await readProfileFile(text, null)).toEqual({ ...openPart, secrets: null });
});

it('leaves secrets out without a pass phrase', async () => {
  const text = await writeProfileFile(content, null);
  expect(text).not.toMatch(/sesame/);
  expect(await readProfileFile(text, null)).toEqual({ ...openPart, secrets: null });
  await expect(readProfileFile(text, PHRASE)).rejects.toThrow('holds no secrets');
});

it('tells a wrong pass phrase, a changed file and a newer format apart', async () => {
  const file = JSON.parse(await writeProfileFile(content, PHRASE));
  const read = (changed: object) => readProfileFile(JSON.stringify(changed), PHRASE);
  await expect(readProfileFile(JSON.stringify(file), 'wrong phrase')).rejects.toMatchObject({
    code: 'bad_request',
    message: expect.stringContaining('The pass phrase is not the one'),
  });
  const flip = (text: string) => {
    const bytes = Buffer.from(text, 'base64');
    bytes[0] = (bytes[0] as number) ^ 1;
    return bytes.toString('base64');
  };
  const changes = [
    { ...file, config: `${file.config}# more` },
    { ...file, name: 'Other' },
    { ...file, window: null },
    { ...file, sealed: { ...file.sealed, data: flip(file.sealed.data) } },
    { ...file, sealed: { ...file.sealed, tag: flip(file.sealed.tag) } },
    { ...file, sealed: { ...file.sealed, iv: flip(file.sealed.iv) } },
  ];
  for (const changed of changes)
    await expect(read(changed)).rejects.toThrow('was changed after it was exported');
  await expect(read({ ...file, version: 2 })).rejects.toThrow('newer Liveman (format 2');
  await expect(read({ ...file, sealed: undefined })).rejects.toThrow('damaged');
  await expect(read({ some: 'JSON' })).rejects.toThrow('no exported profile');
  await expect(readProfileFile('not JSON', null)).rejects.toThrow('only a part of one');
});

it('reads what the first version of the format has written', async () => {
  const text = await readFile(
    join(import.meta.dirname, '../../../e2e/fixtures/profile-format-1.json'),
    'utf8',
  );
  expect(await readProfileFile(text, PHRASE)).toMatchObject({
    name: 'Harbour',
    window: { theme: 'dark' },
    secrets: { config: expect.stringContaining('sesame of harbour'), stored: { edge: 'token of edge' } },
  });
});

it('takes no file in which any byte is another one, unless it says the same', {
  timeout: 120_000,
}, async () => {
  const whole = Buffer.from(await writeProfileFile(content, PHRASE));
  const wanted = await readProfileFile(whole.toString(), PHRASE);
  // Every part of the file is hit by several.
  const places = Array.from({ length: whole.length }, (_, at) => at).filter((at) => at % 19 === 0);
  const taken: number[] = [];
  const look = async (at: number) => {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] as number) ^ 1;
    const read = await readProfileFile(flipped.toString('latin1'), PHRASE).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'bad_request' });
      return null;
    });
    if (read !== null && !isDeepStrictEqual(read, wanted)) taken.push(at);
  };
  // Each derived key takes 128 MB.
  while (places.length > 0) await Promise.all(places.splice(0, 2).map(look));
  expect(taken).toEqual([]);
});

it.each([0, -1, 0.5, '1', null])('takes no file of a version that never was: %j', async (version) => {
  const file = JSON.parse(await writeProfileFile(content, null));
  await expect(readProfileFile(JSON.stringify({ ...file, version }), null)).rejects.toThrow('damaged');
});
