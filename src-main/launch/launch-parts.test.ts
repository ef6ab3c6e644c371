import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasDesktop, reasonAgainstWindow } from './electron-binary.mjs';
import { hashInputs } from './ensure-built.mjs';
import { explainNpmFailure } from './install.mjs';
import { replaceMarked } from './marked-text.mjs';
import { neededTools } from './needed-tools.mjs';
import { browserCommand } from './run-manager.mjs';
import { findTools, tools } from './system-tools.mjs';
import { typeProjects } from './type-check.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'launch parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o755 });
  return file;
};

describe('a window', () => {
  test('needs a desktop session on Linux', () => {
    expect(hasDesktop('linux', {})).toBe(false);
    expect(hasDesktop('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(hasDesktop('darwin', {})).toBe(true);
    expect(reasonAgainstWindow('linux', {}, 1000)).toContain('no desktop session');
  });

  test('is not opened as root', () => {
    expect(reasonAgainstWindow('linux', { DISPLAY: ':0' }, 0)).toContain('root');
    expect(reasonAgainstWindow('linux', { DISPLAY: ':0' }, 1000)).toBeUndefined();
    expect(reasonAgainstWindow('win32', {}, undefined)).toBeUndefined();
  });
});

test('a URL is opened without a shell that could read its & as its own', () => {
  const url = 'http://127.0.0.1:1/?a=1&b=2';
  expect(browserCommand(url, 'linux')).toEqual(['xdg-open', [url]]);
  expect(browserCommand(url, 'darwin')).toEqual(['open', [url]]);
  expect(browserCommand(url, 'win32')).toEqual(['rundll32', ['url.dll,FileProtocolHandler', url]]);
});

describe('explainNpmFailure', () => {
  test.each([
    ['npm error code ENOTFOUND', 'network'],
    ['npm error code EACCES\nnpm error syscall mkdir', 'belong to you'],
    ['npm error nospc ENOSPC: no space left on device', 'disk is full'],
    ['npm error code EUSAGE', 'npm install'],
    ['something new', 'messages above'],
  ])('%j names a remedy', (output, remedy) => {
    const sentence = explainNpmFailure(output);
    expect(sentence).toContain(remedy);
    expect(sentence).not.toContain('\n');
  });
});

test('inputs are hashed by content and name, not by time, and without tests', async () => {
  const file = write('a.ts', 'one');
  const first = await hashInputs([folder]);
  write('a.ts', 'one');
  write('a.test.ts', 'test');
  expect(await hashInputs([folder])).toBe(first);
  write('a.ts', 'two');
  expect(await hashInputs([folder])).not.toBe(first);
  write('a.ts', 'one');
  rmSync(file);
  write('b.ts', 'one');
  expect(await hashInputs([folder])).not.toBe(first);
});

// Named indirectly, or this file would itself count as one that starts them.
const [, media, broker] = tools.map(({ name }) => name);

test('a test needs the tools it starts, itself or through a test kit', () => {
  const plain = write('plain.test.ts', `import { x } from './x.ts';\n// ${media} is not started here\n`);
  const clip = write('clip.test.ts', `spawn('${media}', [file]);\n`);
  write('media-test-kit.ts', `run('${media}', []);\n`);
  const kit = write('kit.test.ts', "import { make } from './media-test-kit.ts';\n");
  expect(neededTools(plain, [`${media}`])).toEqual([]);
  expect(neededTools(clip, [`${media}`, `${broker}`])).toEqual([media]);
  expect(neededTools(clip, [`${broker}`])).toEqual([]);
  expect(neededTools(kit, [`${media}`])).toEqual([media]);
});

test('tools are looked for on the PATH', () => {
  const missing = () => findTools({ PATH: folder }).missing.map(({ name }) => name);
  expect(missing()).toContain(media);
  write(`${media}`, '#!/bin/sh\n');
  expect(missing()).not.toContain(media);
  const browser = write('my browser', '#!/bin/sh\n');
  expect(findTools({ PATH: folder, ['CHROMIUM' + '_PATH']: browser }).chromiumPath).toBe(browser);
});

test('marked text is replaced and the rest is kept', () => {
  const document = 'a\n<!-- x:start -->\nold\n<!-- x:end -->\nb\n';
  const replaced = replaceMarked(document, 'x', 'new\n');
  expect(replaced).toBe('a\n<!-- x:start -->\n\nnew\n\n<!-- x:end -->\nb\n');
  expect(replaceMarked(replaced ?? '', 'x', 'new')).toBe(replaced);
  expect(replaceMarked(document, 'y', 'new')).toBeUndefined();
});

test('every side has its own types', () => {
  expect(typeProjects()).toEqual(
    expect.arrayContaining(['src-shared', 'src-renderer', 'src-main/core', 'src-main/electron', 'e2e']),
  );
});
