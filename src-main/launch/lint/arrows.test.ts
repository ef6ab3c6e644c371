import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

interface Case {
  /** Where the snippet pretends to be. */
  readonly path: string;
  readonly code: string;
  /** A part of the expected message; undefined where the arrow is allowed. */
  readonly message?: string;
}

const importing = (path: string, specifier: string, message?: string): Case => ({
  path,
  code: `import { x } from '${specifier}';\nexport const y = x;\n`,
  message,
});

const coreOnly = 'it never imports electron, a shell, the demo or the renderer';

const cases: readonly Case[] = [
  importing('src-shared/model/a.ts', '../util/b.ts'),
  importing('src-shared/model/b.ts', 'typebox'),
  importing('src-shared/model/c.ts', 'node:fs', 'src-shared may import only itself'),
  importing('src-shared/model/d.ts', 'react', 'src-shared may import only itself'),
  importing('src-shared/model/e.ts', '../../src-main/core/base/errors.ts', 'src-shared may import only'),
  importing('src-main/core/base/a.ts', 'electron', coreOnly),
  importing('src-main/core/http/b.ts', 'electron/main', coreOnly),
  importing('src-main/core/http/c.ts', '../../demo/demo.ts', coreOnly),
  importing('src-main/core/http/d.ts', '../../headless/main.ts', coreOnly),
  importing('src-main/core/nodes/e.ts', '../../../src-renderer/api/client.ts', coreOnly),
  importing('src-main/core/manager2.ts', '../electron/main.ts', 'never imports electron'),
  importing('src-main/core/base/f.ts', '../db/pool.ts', 'inside core only itself'),
  importing(
    'src-main/core/media/g.ts',
    '../segments/indexer.ts',
    'inside core only base, config, secrets, storage',
  ),
  importing('src-main/core/segments/h.ts', '../playback/playlist.ts', 'src-main/core/segments may import'),
  importing('src-main/core/segments/deep/i.ts', '../../http/server.ts', 'src-main/core/segments may import'),
  importing('src-main/core/http/j.ts', '../manager.ts', 'src-main/core/http may import'),
  importing('src-main/core/segments/k.ts', '../recordings/recording-queries.ts'),
  importing('src-main/core/segments/l.ts', '../../../src-shared/contract/http/reports.ts'),
  importing('src-main/core/http/routes/m.ts', '../server.ts'),
  importing('src-main/core/nodes/n.test.ts', '../../demo/fake-node.ts'),
  importing('src-main/demo/a.ts', '../core/media/boxes.ts'),
  importing('src-main/demo/b.ts', '../core/segments/indexer.ts', 'src-main/demo may import only'),
  importing('src-main/demo/c.ts', '../core/manager.ts', 'src-main/demo may import only'),
  importing('src-main/headless/a.ts', '../core/manager.ts'),
  importing('src-main/headless/b.ts', 'electron', 'never electron or the renderer'),
  importing('src-main/electron/a.ts', 'electron'),
  importing('src-main/electron/b.ts', '../../src-renderer/main.tsx', 'never the renderer'),
  importing('src-main/electron/preload.ts', '../core/base/errors.ts', 'only electron and src-shared'),
  importing('src-main/launch/a.mjs', '../core/base/errors.ts', 'before anything is installed'),
  importing('src-renderer/features/a.tsx', '../stores/player-store.ts'),
  importing('src-renderer/features/b.tsx', 'node:path', 'only through src-renderer/api'),
  importing(
    'src-renderer/features/c.tsx',
    '../../src-main/core/base/clock.ts',
    'only through src-renderer/api',
  ),
  importing('src-renderer/components/a.tsx', '../stores/player-store.ts', 'no store, no api'),
  importing('src-renderer/components/b.tsx', '../../src-shared/model/segment.ts'),
  importing('src-renderer/stores/a.ts', '../features/player/player.tsx', 'never features or components'),
  importing('src-renderer/api/a.ts', '../stores/player-store.ts', 'stores and features are built on it'),
  { path: 'src-renderer/api/b.ts', code: "export const reply = fetch('/api/nodes/');\n" },
  {
    path: 'src-renderer/features/d.ts',
    code: 'export const reply = fetch(location.href);\n',
    message: 'Do not use the global variable fetch',
  },
  {
    path: 'src-renderer/stores/b.ts',
    code: 'export const source = new EventSource(location.href);\n',
    message: 'Do not use the global variable EventSource',
  },
  {
    path: 'src-renderer/features/e.ts',
    code: 'export const url = `/api/nodes/`;\n',
    message: 'Only src-renderer/api may name a route',
  },
  {
    path: 'src-renderer/features/f.ts',
    code: "export const url = '/whep/cam1';\n",
    message: 'Only src-renderer/api may name a route',
  },
  { path: 'src-renderer/features/g.ts', code: "export const path = '/apiary';\n" },
];

interface Diagnostic {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string };
}

let folder: string;
let diagnostics: readonly Diagnostic[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arrows-'));
  for (const name of ['biome.json', '.gitignore', 'src-main/launch/lint'])
    await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const { path, code } of cases) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), code);
  }
  diagnostics = await lint();
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

function lint(): Promise<readonly Diagnostic[]> {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
  return new Promise((done, fail) => {
    execFile(process.execPath, args, { cwd: folder, timeout: 50_000 }, (_error, stdout, stderr) => {
      try {
        done(JSON.parse(stdout).diagnostics);
      } catch {
        fail(new Error(`biome gave no JSON: ${stdout}${stderr}`));
      }
    });
  });
}

describe('import arrows', () => {
  test.each(cases)('$path: $code', ({ path, message }) => {
    const messages = diagnostics
      .filter((d) => d.location.path.endsWith(path))
      .filter((d) => /noRestricted|plugin/.test(d.category))
      .map((d) => d.message);
    if (message === undefined) expect(messages).toEqual([]);
    else expect(messages).toEqual([expect.stringContaining(message)]);
  });

  test('every folder of the core has its place in the order', async () => {
    const arrows = await readFile(join(root, 'src-main/launch/lint/arrows.json'), 'utf8');
    const entries = await readdir(join(root, 'src-main/core'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    expect(folders.filter((name) => !arrows.includes(`["src-main/core/${name}/**"]`))).toEqual([]);
  });
});
