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
  await expect(readProfileFile('not JSON', null)).rejects.toThrow('not JSON');
});
