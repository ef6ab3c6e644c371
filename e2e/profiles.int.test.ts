import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { createEmptyDatabase } from './support/test-database.ts';

/** Two clusters in one program, each with a database of its own, switched over HTTP. */

let dataDir: string;
let manager: ManagerProcess;

const configWith = (url: string, alias: string) =>
  `[database]\nurl = "${url}"\nmax_connections = 4\n[[nodes]]\nalias = "${alias}"\nurl = "http://127.0.0.1:9"\n`;

beforeAll(async () => {
  dataDir = await makeDataDir();
  // Read from the working directory, which is the data folder here.
  await writeFile(join(dataDir, 'liveman.toml'), configWith(await createEmptyDatabase(), 'first'));
  manager = await startManager(dataDir);
});
afterAll(async () => {
  await manager.kill();
  await removeDataDir(dataDir);
});

async function call(method: string, path: string, body?: unknown) {
  const reply = await fetch(manager.origin + path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  return { status: reply.status, json: JSON.parse(await reply.text()) };
}

interface View {
  id: string;
  name: string;
  isActive: boolean;
}

const active = async () => {
  try {
    const { json } = await call('GET', '/api/profiles');
    return json.profiles.find((profile: View) => profile.isActive)?.name;
  } catch {
    // Between two managers nobody listens.
    return 'nobody';
  }
};
const aliases = async () =>
  (await call('GET', '/api/node-configs')).json.nodes.map(({ alias }: { alias: string }) => alias);

it('switches to another cluster and back on the same address, and remembers which ran last', async () => {
  expect(await active()).toBe('Default');
  const made = await call('POST', '/api/profiles', { name: 'Harbour', copyOf: null });
  expect(made).toMatchObject({ status: 200, json: { name: 'Harbour', database: 'built-in' } });
  const config = configWith(await createEmptyDatabase(), 'second');
  await writeFile(made.json.configPath, config);
  expect((await call('POST', `/api/profiles/${made.json.id}/activate`)).status).toBe(200);
  await expect.poll(active, { timeout: 60_000, interval: 200 }).toBe('Harbour');
  expect(await aliases()).toEqual(['second']);
  await expect
    .poll(async () => (await call('GET', '/api/managers')).json.managers[0]?.profile, { timeout: 20_000 })
    .toBe('Harbour');

  expect(await manager.stop()).toBe(0);
  manager = await startManager(dataDir);
  expect(await active()).toBe('Harbour');
  expect((await call('POST', '/api/profiles/default/activate')).status).toBe(200);
  await expect.poll(active, { timeout: 60_000, interval: 200 }).toBe('Default');
  expect(await aliases()).toEqual(['first']);
  const deleted = await call('DELETE', `/api/profiles/${made.json.id}`);
  expect(deleted, manager.log()).toMatchObject({ status: 200 });
  expect((await call('GET', '/api/profiles')).json.profiles).toHaveLength(1);
});
