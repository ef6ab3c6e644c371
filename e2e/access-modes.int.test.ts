import { SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { ask, setUpAccessBench, startManager, stopManager } from './support/access-bench.ts';

/** What the modes of authentication have in common with upstream's manager, and where an empty key ends. */

setUpAccessBench();

const sign = (id: string, mode: number, secret: string) =>
  new SignJWT({ id, mode })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));

it('lets everybody in without authentication, whatever credential they bring', async () => {
  await startManager('');
  for (const token of ['of yesterday', await sign('cam1', 4, 'another key'), `lms_${'x'.repeat(43)}`]) {
    expect((await ask('GET', '/api/streams/', { token })).status).toBe(200);
  }
  expect((await ask('GET', '/api/streams/', { headers: { authorization: 'Basic eDp5' } })).status).toBe(200);
  expect((await ask('GET', '/api/streams/', { cookie: 'x' })).status).toBe(200);
});

it('does not start with a key of blanks, and says so of one that can be guessed', async () => {
  await expect(startManager('[auth]\nsecret = "   "')).rejects.toThrow('auth.secret has only blanks');
  await stopManager();
  await startManager('[auth]\nsecret = "s"\ntokens = ["root-token"]');
  const { notices } = (await ask('GET', '/api/session', { token: 'root-token' })).json;
  expect(notices).toEqual([expect.stringContaining('auth.secret is so short')]);
});

it('decides about tokens for all streams as upstream does, also inside its handlers, and says it loudly', async () => {
  const secret = 'example-secret';
  await startManager(`[auth]\ncompat = "upstream"\nsecret = "${secret}"\ntokens = ["root-token"]`);
  const wanted = { id: 'hall-1', duration: 3600, subscribe: true, publish: false, admin: false };
  for (const mode of [0, 1, 2, 4]) {
    const token = await sign('*', mode, secret);
    expect((await ask('POST', '/api/token', { token, body: wanted })).status, `mode ${mode}`).toBe(200);
    expect((await ask('GET', '/api/record/object/a/b.m4s', { token })).status, `mode ${mode}`).toBe(404);
    expect((await ask('GET', '/api/streams/nobody', { token })).status, `mode ${mode}`).not.toBe(403);
  }
  const token = await sign('cam1', 7, secret);
  expect((await ask('POST', '/api/token', { token, body: wanted })).status).toBe(403);
  const { notices } = (await ask('GET', '/api/session', { token: 'root-token' })).json;
  expect(notices).toEqual([expect.stringContaining('auth.compat = "upstream"')]);
  expect((await ask('GET', '/api/status', { token: 'root-token' })).json.notices).toEqual(notices);
});

it('answers a login that comes too soon in the JSON of all failed logins', async () => {
  await startManager('[[auth.accounts]]\nusername = "chief"\npassword = "right one"');
  const body = { username: 'chief', password: 'wrong' };
  const answers = [];
  for (let i = 0; i < 7; i += 1) answers.push(await ask('POST', '/api/login', { body }));
  const last = answers.find(({ status }) => status === 429);
  expect(last?.json).toMatchObject({ error: expect.stringContaining('Try again'), code: 'too_many' });
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
});
