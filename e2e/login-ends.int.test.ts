import { beforeAll, expect, it } from 'vitest';
import { type Ask, ask, setUpAccessBench, startManager } from './support/access-bench.ts';

/** All that was made of a login has the rights that its account has now, and ends with its password. */

setUpAccessBench();

const configWith = (accounts: string) => `
[auth]
secret = "a signing key of this test"
tokens = ["the root token"]
${accounts}
`;
const lee = (password: string) => `[[auth.accounts]]\nusername = "lee"\npassword = "${password}"\n`;
const root: Ask = { token: 'the root token' };

beforeAll(async () => {
  await startManager(configWith(lee('the first password')));
});

/** The cookie of a login, its JWT, and the cookie of a browser session that was opened with the JWT. */
async function logIn(username: string, password: string): Promise<Record<string, Ask>> {
  const { cookie, json } = await ask('POST', '/api/login', { body: { username, password } });
  const jwt = json.access_token as string;
  const opened = await ask('POST', '/api/session', { token: jwt });
  return {
    cookie: { cookie: cookie ?? '' },
    jwt: { token: jwt },
    'cookie of the JWT': { cookie: opened.cookie ?? '' },
  };
}

async function statuses(login: Record<string, Ask>, path = '/api/accounts'): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, credential] of Object.entries(login))
    found[name] = (await ask('GET', path, credential)).status;
  return found;
}

const all = (status: number) => ({ cookie: status, jwt: status, 'cookie of the JWT': status });
const bob = { name: 'bob', role: 'admin', streams: null, isDisabled: false };

it('follows the role and the streams of the account', async () => {
  expect(
    (await ask('POST', '/api/accounts', { ...root, body: { ...bob, password: 'long enough' } })).status,
  ).toBe(200);
  const login = await logIn('bob', 'long enough');
  expect(await statuses(login)).toEqual(all(200));
  const listed = (await ask('GET', '/api/sessions', root)).json.sessions;
  expect(listed.filter(({ name }: { name: string }) => name === 'bob')).toEqual([
    expect.objectContaining({ kind: 'account' }),
    expect.objectContaining({ kind: 'account' }),
  ]);
  const viewer = { role: 'viewer', streams: ['nothing'], isDisabled: false };
  expect((await ask('PUT', '/api/accounts/bob', { ...root, body: viewer })).status).toBe(200);
  expect(await statuses(login)).toEqual(all(403));
  expect(await statuses(login, '/api/session')).toEqual(all(200));
  for (const credential of Object.values(login)) {
    const { json } = await ask('GET', '/api/session', credential);
    expect(json).toMatchObject({ name: 'bob', role: 'viewer', streams: ['nothing'] });
    const wanted = { id: '*', durationSec: 60, subscribe: true, publish: true, admin: true, label: '' };
    expect((await ask('POST', '/api/tokens', { ...credential, body: wanted })).status).toBe(403);
  }
});

it('ends with the account that is taken away', async () => {
  expect(
    (
      await ask('PUT', '/api/accounts/bob', {
        ...root,
        body: { role: 'admin', streams: null, isDisabled: false },
      })
    ).status,
  ).toBe(200);
  const login = await logIn('bob', 'long enough');
  expect((await ask('DELETE', '/api/accounts/bob', root)).status).toBe(200);
  expect(await statuses(login)).toEqual(all(401));
});

it('ends with the password in liveman.toml, and with the account in it', async () => {
  const first = await logIn('lee', 'the first password');
  expect(await statuses(first)).toEqual(all(200));
  await startManager(configWith(lee('the first password')));
  expect(await statuses(first)).toEqual(all(200));
  await startManager(configWith(lee('the second password')));
  expect(await statuses(first)).toEqual(all(401));
  const second = await logIn('lee', 'the second password');
  expect(await statuses(second)).toEqual(all(200));
  await startManager(configWith(''));
  expect(await statuses(second)).toEqual(all(401));
});
