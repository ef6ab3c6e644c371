import { beforeAll, expect, it } from 'vitest';
import { createFakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { ask, baseUrl, loggedErrors, setUpAccessBench, startManager } from './support/access-bench.ts';
import { signed } from './support/access-credentials.ts';

/** Secrets that liveman.toml only names are changed while the program runs: what was proven with them ends. */

setUpAccessBench();

const CONFIG = `
[secrets]
store = "file"
[auth]
secret = "keychain:jwt"
tokens = ["keychain:door", "the spare token"]
[[auth.accounts]]
username = "anna"
password = "keychain:anna"
role = "viewer"
`;
const spare = { token: 'the spare token' };

/** Stores a secret over the manager that runs. */
async function store(name: string, value: string): Promise<void> {
  expect((await ask('PUT', `/api/secrets/${name}`, { ...spare, body: { value } })).status).toBe(200);
}

beforeAll(async () => {
  await startManager('[secrets]\nstore = "file"\n[auth]\ntokens = ["the spare token"]\n');
  for (const [name, value] of [
    ['jwt', 'the first signing key'],
    ['door', 'the first token'],
    ['anna', 'the first password'],
  ] as const)
    await store(name, value);
  await startManager(CONFIG);
});

const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 100 });
const statusWith = async (request: object) => (await ask('GET', '/api/cluster', request)).status;
const logIn = (password: string) => ask('POST', '/api/login', { body: { username: 'anna', password } });

it('takes another token, and ends the event stream that was opened with the one before', async () => {
  expect(await statusWith({ token: 'the first token' })).toBe(200);
  const events = await fetch(`${baseUrl()}/api/events`, {
    headers: { authorization: 'Bearer the first token' },
  });
  const ended = events.text().then(
    () => 'ended',
    () => 'ended',
  );
  await store('door', 'the second token');
  await poll(() => statusWith({ token: 'the first token' })).toBe(401);
  expect(await statusWith({ token: 'the second token' })).toBe(200);
  expect(await ended).toBe('ended');
  expect(await statusWith(spare)).toBe(200);
});

it('takes another password of an account of liveman.toml, whose logins end', async () => {
  const { cookie } = await logIn('the first password');
  const session = { cookie: cookie ?? '' };
  expect(await statusWith(session)).toBe(200);
  await store('anna', 'the second password');
  await poll(() => statusWith(session)).toBe(401);
  expect((await logIn('the first password')).status).toBe(401);
  expect((await logIn('the second password')).status).toBe(200);
});

it('takes another signing key, and refuses what the one before has signed', async () => {
  const before = await signed('*', 7, 'the first signing key');
  expect(await statusWith({ token: before })).toBe(200);
  await store('jwt', 'the second signing key');
  await poll(() => statusWith({ token: before })).toBe(401);
  expect(await statusWith({ token: await signed('*', 7, 'the second signing key') })).toBe(200);
});

it('leaves the door as it is where the new key is no good or gone, and says so', async () => {
  const good = { token: await signed('*', 7, 'the second signing key') };
  const notices = async () => (await ask('GET', '/api/status', spare)).json.notices.join(' ');
  await store('jwt', '    ');
  await poll(notices).toContain('auth.secret has only blanks');
  expect(await statusWith(good)).toBe(200);
  expect(await statusWith({ token: await signed('*', 7, '    ') })).toBe(401);
  expect((await ask('DELETE', '/api/secrets/jwt', spare)).status).toBe(200);
  await store('door', 'the third token');
  await poll(() => statusWith({ token: 'the third token' })).toBe(200);
  expect(await statusWith(good)).toBe(200);
  expect(await statusWith({})).toBe(401);
});

it('waits with a node whose URL is a secret that is not there yet, and then watches it', async () => {
  const node = await createFakeNode({ generation: 'head', alias: 'edge-1' });
  try {
    await startManager(
      '[secrets]\nstore = "file"\n[auth]\ntokens = ["the spare token"]\n' +
        '[[nodes]]\nalias = "edge-1"\nurl = "keychain:edge-url"\n',
    );
    const view = async () => (await ask('GET', '/api/cluster', spare)).json.nodes[0];
    await poll(view).toMatchObject({
      alias: 'edge-1',
      state: 'down',
      reason: expect.stringContaining('Its URL cannot be used. There is no secret edge-url.'),
    });
    await store('edge-url', node.url);
    await poll(view).toMatchObject({ alias: 'edge-1', state: 'up' });
    expect(loggedErrors).toEqual([]);
  } finally {
    await node.close();
  }
});
