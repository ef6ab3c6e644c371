import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveWindowFile, serveWindowFile } from './window-files.ts';

let base: string;
let rendererDir: string;

beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'window files-'));
  rendererDir = path.join(base, 'renderer');
  await mkdir(path.join(rendererDir, 'assets'), { recursive: true });
  await writeFile(path.join(rendererDir, 'index.html'), '<!doctype html>');
  await writeFile(path.join(rendererDir, 'assets/a b.js'), 'export {};');
  await writeFile(path.join(base, 'secret.json'), '{}');
  await symlink(path.join(base, 'secret.json'), path.join(rendererDir, 'link.json'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('resolveWindowFile', () => {
  test.each([
    ['/', 'index.html'],
    ['/index.html', 'index.html'],
    ['/assets/a%20b.js', 'assets/a b.js'],
    ['/assets/../index.html', 'index.html'],
  ])('%s is %s', (pathname, name) => {
    expect(resolveWindowFile('/srv/renderer', pathname)).toBe(path.join('/srv/renderer', name));
  });

  test.each(['/..', '/../secret.json', '/%2e%2e/secret.json', '/%2e%2e%2fsecret.json', '/assets/../../x'])(
    '%s does not lead out',
    (pathname) => {
      expect(resolveWindowFile('/srv/renderer', pathname)).toBeUndefined();
    },
  );

  test.each(['/%', '/a%00b', '/..%5csecret.json', 'index.html', '', '//etc/passwd'])(
    '%j is refused',
    (pathname) => {
      expect(resolveWindowFile('/srv/renderer', pathname)).toBeUndefined();
    },
  );

  test('a folder that only begins with the same name is outside', () => {
    expect(resolveWindowFile('/srv/renderer', '/../renderer-old/index.html')).toBeUndefined();
  });
});

describe('serveWindowFile', () => {
  test('sends a file with its type and the content policy', async () => {
    const response = await serveWindowFile(rendererDir, 'GET', 'app://liveman/assets/a%20b.js?v=1');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await response.text()).toBe('export {};');
  });

  test('answers HEAD without a body', async () => {
    const response = await serveWindowFile(rendererDir, 'HEAD', 'app://liveman/');
    expect(response.headers.get('content-length')).toBe('15');
    expect(await response.text()).toBe('');
  });

  test.each(['absent.js', 'assets', 'assets/', 'link.json', 'index', '%2e%2e%2fsecret.json'])(
    '%s is not found',
    async (name) => {
      expect((await serveWindowFile(rendererDir, 'GET', `app://liveman/${name}`)).status).toBe(404);
    },
  );
});
