import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { exampleToml, readmeTable } from './config-docs.ts';

const EXAMPLE_FILE = path.resolve(import.meta.dirname, '../../../resources/liveman.example.toml');

async function loadText(text: string) {
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'liveman-docs-'));
  try {
    writeFileSync(path.join(cwd, 'liveman.toml'), text);
    return loadConfig({ cwd, env: {} });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

// `npx vitest run -u src-main/core/config` writes the file anew after a change of the schema.
it('keeps the example file as the schema has it', async () => {
  await expect(exampleToml()).toMatchFileSnapshot(EXAMPLE_FILE);
});

it('gives an example that changes nothing as it is', async () => {
  const { config, warnings } = await loadText(exampleToml());
  expect(warnings).toEqual([]);
  expect(config).toEqual(loadConfig({ cwd: os.tmpdir(), env: {}, path: os.devNull }).config);
});

it('gives an example whose keys are all good when they are put in force', async () => {
  const { config, warnings } = await loadText(exampleToml().replace(/^#(?=\S)/gm, ''));
  expect(warnings).toEqual([]);
  expect(config.nodes).toHaveLength(1);
  expect(config.auth.accounts).toHaveLength(1);
  expect(config.extra_ice.cloudflare?.ttl).toBe(3600);
});

it('lists every key once in the table for the README', () => {
  const rows = readmeTable().trim().split('\n').slice(2);
  const keys = rows.map((row) => row.split('|')[1]?.trim());
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toContain('`recorder.storage.root`');
  expect(keys).toContain('`nodes[].alias`');
  expect(rows).toContain(
    '| `cascade.check_tick_time` | whole number, ms | `60000` | Interval of the search for idle relays. |',
  );
});
