import { request } from 'node:http';
import { expect, it } from 'vitest';
import { type Ask, ask, baseUrl, setUpAccessBench, startManager } from './support/access-bench.ts';

/** Behind a reverse proxy, which is played by the test. */

setUpAccessBench();

const configWith = (proxies: string) => `
[http]
public = "https://liveman.example.com"
trusted_proxies = [${proxies}]
[auth]
tokens = ["the root token"]
[[auth.accounts]]
username = "anna"
password = "the password of anna"
[[nodes]]
alias = "edge"
url = "http://127.0.0.1:9"
report_from = ["203.0.113.9"]
`;
/** What a proxy adds; the first address is what the client claims itself. */
const through = (address: string): Ask['headers'] => ({
  'x-forwarded-for': `198.51.100.1, ${address}`,
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'liveman.example.com',
});
const logIn = (address: string, more: Ask['headers'] = {}, password = 'the password of anna') =>
  ask('POST', '/api/login', {
    body: { username: 'anna', password },
    headers: { ...through(address), ...more },
  });
const report = (address: string) =>
  ask('POST', '/api/segments/report', {
    body: { node_alias: 'edge', stream: 'cam1', segments: [] },
    headers: through(address) ?? {},
  });
const addresses = async () =>
  (await ask('GET', '/api/sessions', { token: 'the root token' })).json.sessions.map(
    ({ address }: { address: string }) => address,
  );

it('takes from a proxy that is trusted who calls, by which name, and that it is HTTPS', async () => {
  await startManager(configWith('"127.0.0.0/8"'));
  const login = await logIn('203.0.113.7', { origin: 'https://liveman.example.com' });
  expect(login.status).toBe(200);
  expect(login.headers.get('set-cookie')).toMatch(/; Secure/);
  expect(await addresses()).toEqual(['203.0.113.7']);
  expect((await logIn('203.0.113.7', { origin: 'https://elsewhere.example' })).status).toBe(403);
  expect([(await report('203.0.113.9')).status, (await report('203.0.113.8')).status]).toEqual([200, 401]);
  // Who guesses passwords from one address keeps nobody else out.
  for (let i = 0; i < 30; i += 1) await logIn('203.0.113.66', {}, `wrong ${i}`);
  expect((await logIn('203.0.113.66')).status).toBe(429);
  expect((await logIn('203.0.113.7')).status).toBe(200);
});

it('is no way around the check of Host: a page that has its name point to this computer stays out', async () => {
  await startManager(configWith('"127.0.0.0/8"'));
  const { hostname, port } = new URL(baseUrl());
  const statusFor = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const path = '/api/session';
      request({ hostname, port, path, headers }, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      })
        .on('error', reject)
        .end();
    });
  expect(await statusFor({ host: 'evil.example', 'x-forwarded-host': '127.0.0.1' })).toBe(403);
  expect(await statusFor({ host: '127.0.0.1', 'x-forwarded-host': 'evil.example' })).toBe(403);
  expect(await statusFor({ host: '127.0.0.1', 'x-forwarded-host': 'liveman.example.com' })).toBe(200);
});

it('believes nobody else', async () => {
  await startManager(configWith('"192.0.2.1"'));
  const login = await logIn('203.0.113.7');
  expect(login.headers.get('set-cookie')).not.toMatch(/; Secure/);
  expect(await addresses()).toContain('127.0.0.1');
  expect((await report('203.0.113.9')).status).toBe(401);
});

it('says which entry is no address', async () => {
  await expect(startManager(configWith('"0.0.0.0/0"'))).rejects.toThrow(/everybody could say who he is/);
  await expect(startManager(configWith('"proxy.example.com"'))).rejects.toThrow(
    /http\.trusted_proxies\[0\] is "proxy/,
  );
});
