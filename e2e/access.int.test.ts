import { beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../src-main/core/auth/password-hash.ts';
import { ask, database, setUpAccessBench, startManager } from './support/access-bench.ts';

/** A whole manager over HTTP: accounts, sessions, tokens, secret paths, and what the audit log says of them. */

setUpAccessBench();

const SECRET = 'example-secret';
let toml: string;

beforeAll(async () => {
  toml = `
    [auth]
    secret = "${SECRET}"
    token_max_seconds = 86400
    [[auth.accounts]]
    username = "chief"
    password = "${await hashPassword('correct horse')}"
    [[auth.accounts]]
    username = "eve"
    password = "plain words"
    role = "viewer"
    streams = ["hall-*"]
    [[nodes]]
    alias = "edge-1"
    url = "http://127.0.0.1:9"
    [[nodes]]
    alias = "edge-2"
    url = "http://127.0.0.1:10"
  `;
  await startManager(toml);
});

const EMPTY_EXPORT = {
  size_bytes: null,
  file_name: null,
  folder: null,
  duration_us: null,
  starts_early_us: null,
  gaps: '[]',
};

const logIn = (username: string, password: string) =>
  ask('POST', '/api/login', { body: { username, password } });
const segment = {
  start_ts: 1_790_000_000_000_000,
  end_ts: 1_790_000_010_000_000,
  duration_ms: 10_000,
  path: 'hall-1/1790000000/v_seg_0001.m4s',
  is_keyframe: true,
};
const report = (node_alias: string) => ({ node_alias, stream: 'hall-1', segments: [segment] });

describe('logging in', () => {
  it('answers in upstream’s shapes', async () => {
    expect((await logIn('chief', 'correct horse')).json).toEqual({
      access_token: expect.stringMatching(/^ey[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
    });
    const wrong = await logIn('chief', 'wrong');
    expect([wrong.status, wrong.json.error]).toEqual([401, 'Wrong credentials']);
    const empty = await logIn('', '');
    expect([empty.status, empty.json.error]).toEqual([400, 'Missing credentials']);
    expect((await ask('POST', '/api/login', { body: { username: 'chief' } })).status).toBe(422);
    expect((await ask('GET', '/api/nodes/')).status).toBe(401);
  });

  it('gives a cookie for browsers that scripts and other sites do not get, and that outlives a restart', async () => {
    const { cookie, headers } = await logIn('chief', 'correct horse');
    expect(headers.get('set-cookie')).toMatch(/HttpOnly/i);
    expect(headers.get('set-cookie')).toMatch(/SameSite=Strict/i);
    const own = { cookie: cookie ?? '' };
    expect((await ask('GET', '/api/session', own)).json).toMatchObject({
      isSignedIn: true,
      name: 'chief',
      role: 'admin',
      streams: null,
    });
    const port = 'http://127.0.0.1:1';
    const foreign = { ...own, headers: { origin: port, 'sec-fetch-site': 'same-site' } };
    expect((await ask('PUT', '/api/demo', { ...foreign, body: { isRunning: false } })).status).toBe(403);
    expect((await ask('GET', '/api/nodes/', foreign)).status).toBe(401);
    await startManager(toml);
    expect((await ask('GET', '/api/nodes/', own)).status).toBe(200);
    await ask('POST', '/api/logout', own);
    expect((await ask('GET', '/api/nodes/', own)).status).toBe(401);
    const rows = await database().db.selectFrom('login_sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(own.cookie);
  });

  it('limits who is limited, at once', async () => {
    const { cookie } = await logIn('eve', 'plain words');
    const own = { cookie: cookie ?? '' };
    expect((await ask('GET', '/api/session', own)).json).toMatchObject({
      role: 'viewer',
      streams: ['hall-*'],
    });
    const status = async (method: string, path: string, body?: unknown) =>
      (await ask(method, path, { ...own, ...(body === undefined ? {} : { body }) })).status;
    expect(await status('GET', '/api/record/hall-1')).toBe(200);
    expect(await status('GET', '/api/record/lab')).toBe(403);
    expect(await status('POST', '/api/record/hall-1')).toBe(403);
    expect(await status('GET', '/api/coverage/days?month=2026-09&time_zone=UTC')).toBe(200);
    expect(await status('GET', '/api/coverage/days?month=2026-09&time_zone=UTC&stream=lab')).toBe(403);
    expect(await status('GET', '/api/cluster')).toBe(200);
    expect(await status('GET', '/api/node-configs')).toBe(403);
    expect(await status('GET', '/api/accounts')).toBe(403);
    expect(await status('POST', '/api/exports', { stream: 'hall-1', startUs: 1, endUs: 2 })).toBe(403);
    const { sessions } = (await ask('GET', '/api/sessions', own)).json;
    expect(sessions.every(({ name }: { name: string }) => name === 'eve')).toBe(true);
  });

  it('holds no body for strangers that no login has', async () => {
    const { status } = await ask('POST', '/api/login', {
      body: { username: 'chief', password: 'x'.repeat(70_000) },
    });
    expect(status).toBe(413);
  });

  it('answers many wrong passwords ever later, also when they come at once', async () => {
    const attempts = await Promise.all(Array.from({ length: 12 }, () => logIn('guessed', 'x')));
    const statuses = attempts.map(({ status }) => status).sort();
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
    expect(attempts.find(({ status }) => status === 429)?.text).toMatch(/Try again in \d+ s/);
    expect((await logIn('chief', 'correct horse')).status).toBe(200);
  });
});

describe('accounts made in the window', () => {
  const rights = { role: 'operator', streams: ['lab*'], isDisabled: false };
  let chief: { cookie: string };
  beforeAll(async () => {
    chief = { cookie: (await logIn('chief', 'correct horse')).cookie ?? '' };
  });
  const accounts = async () => (await ask('GET', '/api/accounts', chief)).json.accounts;

  it('log in, are changed at once, and end with their password', async () => {
    const added = await ask('POST', '/api/accounts', {
      ...chief,
      body: { name: 'otto', password: 'first password', ...rights },
    });
    expect(added.json).toMatchObject({ name: 'otto', role: 'operator', origin: 'stored' });
    expect((await accounts()).map(({ name }: { name: string }) => name)).toEqual(['chief', 'eve', 'otto']);
    const again = await ask('POST', '/api/accounts', {
      ...chief,
      body: { name: 'eve', password: 'first password', ...rights },
    });
    expect(again.status).toBe(409);
    const otto = { cookie: (await logIn('otto', 'first password')).cookie ?? '' };
    expect((await ask('POST', '/api/streams/lab1', otto)).status).toBe(503);
    expect((await ask('POST', '/api/streams/hall-1', otto)).status).toBe(403);
    await ask('PUT', '/api/accounts/otto', { ...chief, body: { ...rights, role: 'viewer' } });
    expect((await ask('POST', '/api/streams/lab1', otto)).status).toBe(403);

    const own = { present: 'first password', next: 'second password' };
    const changed = await ask('POST', '/api/own-password', { ...otto, body: own });
    expect(changed.json).toEqual({ changed: true });
    expect((await ask('GET', '/api/cluster', otto)).status).toBe(401);
    expect((await ask('GET', '/api/cluster', { cookie: changed.cookie ?? '' })).status).toBe(200);
    expect((await logIn('otto', 'first password')).status).toBe(401);

    await ask('PUT', '/api/accounts/otto', { ...chief, body: { ...rights, isDisabled: true } });
    expect((await ask('GET', '/api/cluster', { cookie: changed.cookie ?? '' })).status).toBe(401);
    expect((await logIn('otto', 'second password')).status).toBe(401);
    expect((await ask('DELETE', '/api/accounts/otto', chief)).json).toEqual({ removed: true });
    expect((await ask('DELETE', '/api/accounts/otto', chief)).status).toBe(404);
    expect((await ask('DELETE', '/api/accounts/chief', chief)).status).toBe(409);
  });

  it('refuse short passwords and odd names', async () => {
    const add = async (name: string, password: string) =>
      (await ask('POST', '/api/accounts', { ...chief, body: { name, password, ...rights } })).status;
    expect(await add('short', '1234567')).toBe(400);
    expect(await add('same-same', 'same-same')).toBe(400);
    for (const name of ['', ' x', 'a/b', '.hidden', 'x'.repeat(65)]) {
      expect(await add(name, 'long enough')).toBe(400);
    }
  });
});

describe('tokens', () => {
  let chief: { cookie: string };
  beforeAll(async () => {
    chief = { cookie: (await logIn('chief', 'correct horse')).cookie ?? '' };
  });

  it('are issued in upstream’s shape, within bounds', async () => {
    const wanted = { id: 'hall-1', duration: 3600, subscribe: true, publish: false, admin: false };
    const issued = await ask('POST', '/api/token', { ...chief, body: wanted });
    expect(issued.json).toEqual({ access_token: expect.any(String), token_type: 'Bearer' });
    const [head, claims] = issued.json.access_token
      .split('.')
      .slice(0, 2)
      .map((part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(head).toEqual({ typ: 'JWT', alg: 'HS256' });
    expect(claims).toMatchObject({ id: 'hall-1', mode: 4 });
    expect(Math.abs(claims.exp - Date.now() / 1000 - 3600)).toBeLessThan(30);
    for (const duration of [0, 86_401, Number.MAX_SAFE_INTEGER]) {
      const refused = await ask('POST', '/api/token', { ...chief, body: { ...wanted, duration } });
      expect([refused.status, refused.json.error]).toEqual([400, expect.stringContaining('86400')]);
    }
    const { token } = { token: issued.json.access_token };
    expect((await ask('GET', '/api/record/hall-1', { token })).status).toBe(200);
    expect((await ask('POST', '/api/token', { token, body: wanted })).status).toBe(403);
  });

  it('end when they are revoked, with the sessions that were opened with them', async () => {
    const created = await ask('POST', '/api/tokens', {
      ...chief,
      body: { id: 'hall-1', durationSec: 600, subscribe: true, publish: false, admin: false, label: 'Wall' },
    });
    const { entry, token } = created.json;
    expect(entry).toMatchObject({ label: 'Wall', stream: 'hall-1', issuedBy: 'chief', revokedAtMs: null });
    const session = await ask('POST', '/api/session', { token });
    const viaCookie = { cookie: session.cookie ?? '' };
    expect((await ask('GET', '/api/record/hall-1', viaCookie)).status).toBe(200);
    expect((await ask('DELETE', `/api/tokens/${entry.id}`, chief)).json).toEqual({ revoked: true });
    expect((await ask('GET', '/api/record/hall-1', { token })).status).toBe(401);
    expect((await ask('GET', '/api/record/hall-1', viaCookie)).status).toBe(401);
    const { tokens } = (await ask('GET', '/api/tokens', chief)).json;
    expect(tokens.find(({ id }: { id: string }) => id === entry.id).revokedAtMs).toBeGreaterThan(0);
    const rows = await database().db.selectFrom('issued_tokens').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token.split('.')[2]);
  });

  it('of a login end with it, and all that was opened with them', async () => {
    const { cookie, json } = await logIn('chief', 'correct horse');
    const opened = await ask('POST', '/api/session', { token: json.access_token });
    expect(opened.cookie).toBeTruthy();
    const second = { cookie: opened.cookie ?? '' };
    expect((await ask('GET', '/api/accounts', second)).status).toBe(200);
    expect((await ask('POST', '/api/logout', { cookie: cookie ?? '' })).status).toBe(200);
    expect((await ask('GET', '/api/accounts', second)).status).toBe(401);
  });

  it('of a login end with its account’s session list', async () => {
    const { sessions } = (await ask('GET', '/api/sessions', chief)).json;
    const own = sessions.find(({ isOwn }: { isOwn: boolean }) => isOwn);
    expect(own).toMatchObject({ name: 'chief', kind: 'account' });
    expect((await ask('DELETE', `/api/sessions/${own.id}`, chief)).json).toEqual({ revoked: true });
    expect((await ask('GET', '/api/sessions', chief)).status).toBe(401);
  });
});

describe('nodes that send no token', () => {
  it('report under a secret path, for themselves only, until it is revoked', async () => {
    const chief = { cookie: (await logIn('chief', 'correct horse')).cookie ?? '' };
    expect((await ask('POST', '/api/segments/report', { body: report('edge-1') })).status).toBe(401);
    const issued = await ask('POST', '/api/report-paths/edge-1', chief);
    const path = new URL(issued.json.url).pathname;
    expect(path).toMatch(/^\/report-as\/[\w-]{43}$/);
    const post = async (alias: string, at = path) =>
      (await ask('POST', `${at}/api/segments/report`, { body: report(alias) })).status;
    expect(await post('edge-1')).toBe(200);
    expect(await post('edge-2')).toBe(403);
    expect(await post('edge-1', `/report-as/${'x'.repeat(43)}`)).toBe(401);
    expect(await post('edge-1', '/report-as/x')).toBe(401);
    expect((await ask('GET', `${path}/api/storage/ping`)).text).toBe('ok');
    const presign = async (method: string) =>
      ask('POST', `${path}/api/storage/presign`, {
        body: { method, path: 'hall-1/1790000000/v_seg_0002.m4s', ttl_seconds: 60 },
      });
    expect((await presign('PUT')).status).toBe(200);
    for (const method of ['GET', 'get', 'Get', 'HEAD']) {
      expect((await presign(method)).status, method).toBe(403);
    }
    expect((await ask('GET', `${path}/api/nodes/`)).status).toBe(404);
    expect((await ask('POST', '/api/report-paths/nobody', chief)).status).toBe(404);
    const listed = (await ask('GET', '/api/report-paths', chief)).json.paths;
    expect(listed).toEqual([{ alias: 'edge-1', createdAtMs: expect.any(Number), createdBy: 'chief' }]);
    const next = new URL((await ask('POST', '/api/report-paths/edge-1', chief)).json.url).pathname;
    expect(await post('edge-1')).toBe(401);
    expect(await post('edge-1', next)).toBe(200);
    expect((await ask('DELETE', '/api/report-paths/edge-1', chief)).json).toEqual({ revoked: true });
    expect(await post('edge-1', next)).toBe(401);
  });
});

describe('stored objects and exports', () => {
  it('are those of the own stream only, whatever their path looks like', async () => {
    const { db } = database();
    const exportRow = {
      start_ts: 1,
      end_ts: 2,
      state: 'failed',
      finished_at: new Date(),
      error: 'of this test',
    } as const;
    const rows = [];
    for (const stream of ['hall-1', 'lab', 'x/hall-1']) {
      const dir = `${stream}/1790000500`;
      await db
        .insertInto('recordings')
        .values({ stream, node_alias: 'edge-9', dir, start_ts: 1, end_ts: 2 })
        .execute();
      const row = await db
        .insertInto('exports')
        .values({ ...EMPTY_EXPORT, ...exportRow, stream })
        .returning('id')
        .executeTakeFirstOrThrow();
      rows.push({ stream, id: row.id, path: `${dir}/v_seg_0001.m4s` });
    }
    const chief = { cookie: (await logIn('chief', 'correct horse')).cookie ?? '' };
    const wanted = { id: 'hall-1', duration: 60, subscribe: true, publish: false, admin: true };
    const token = (await ask('POST', '/api/token', { ...chief, body: wanted })).json.access_token;
    const eve = { cookie: (await logIn('eve', 'plain words')).cookie ?? '' };
    for (const { id, path, stream } of rows) {
      const isOwn = stream === 'hall-1';
      for (const caller of [{ token }, eve]) {
        // Allowed is not there: nothing lies in the storage.
        expect((await ask('GET', `/api/record/object/${path}`, caller)).status, stream).toBe(
          isOwn ? 404 : 403,
        );
        const file = await ask('GET', `/api/exports/${id}/file`, caller);
        expect(file.status, stream).toBe(isOwn ? 409 : 404);
      }
      expect((await ask('DELETE', `/api/exports/${id}`, { token })).status, stream).toBe(isOwn ? 200 : 404);
    }
    const { exports } = (await ask('GET', '/api/exports', eve)).json;
    expect(exports).toEqual([]);
    expect((await ask('GET', '/api/record/object/loose/file.bin', eve)).status).toBe(403);
    expect((await ask('GET', '/api/coverage?stream=lab&start_ts=1&end_ts=2', eve)).status).toBe(403);
    expect(
      (await ask('GET', '/api/storage/object/lab/x?storage=default&expires=9999999999&signature=x')).status,
    ).toBe(403);
  });
});

describe('the audit log', () => {
  let chief: { cookie: string };
  beforeAll(async () => {
    chief = { cookie: (await logIn('chief', 'correct horse')).cookie ?? '' };
  });
  const search = async (query: string) => (await ask('GET', `/api/audit?${query}`, chief)).json;

  it('tells who did what from where, and what came of it', async () => {
    const { entries } = await search('action=set+password&limit=5');
    expect(entries).toEqual([]);
    const failed = (await search('action=log+in&outcome=refused&object=guessed')).entries;
    const from = { who: '', credential: 'none', address: '127.0.0.1' };
    expect(failed).toContainEqual(expect.objectContaining({ ...from, status: 401 }));
    expect(failed).toContainEqual(expect.objectContaining({ ...from, status: 429 }));
    const changes = (await search('who=chief&action=change+account')).entries;
    expect(changes.map(({ object }: { object: string }) => object)).toEqual(['otto', 'otto']);
    expect(changes[0].details).toMatchObject({ role: 'operator', isDisabled: true });
    const refused = (await search('who=eve&outcome=refused')).entries;
    expect(refused.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['export clip', 'start recording']),
    );
    expect(JSON.stringify(await search('limit=1000'))).not.toMatch(
      /correct horse|plain words|first password/,
    );
  });

  it('is read page by page without loss', async () => {
    const all = (await search('limit=1000')).entries.map(({ id }: { id: string }) => id);
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { entries: { id: string }[]; next: string | null } = await search(
        `limit=7${cursor ? `&cursor=${cursor}` : ''}`,
      );
      found.push(...page.entries.map(({ id }) => id));
      cursor = page.next;
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(all));
    expect((await ask('GET', '/api/audit?cursor=nonsense', chief)).status).toBe(400);
  });

  it('is handed out as CSV and as lines of JSON', async () => {
    const csv = await ask('GET', '/api/audit/export?format=csv&action=log+in', chief);
    const lines = csv.text.trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^at,last_at,count,who,/);
    expect(lines.length).toBeGreaterThan(3);
    expect(csv.headers.get('content-disposition')).toContain('liveman-audit.csv');
    const json = await ask('GET', '/api/audit/export?format=jsonl&action=log+in', chief);
    const entries = json.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.length).toBe(lines.length - 1);
    expect((await search('action=export+audit')).entries).toHaveLength(2);
  });

  it('has one entry for a player, however many requests it makes', async () => {
    const watch = { ...chief, headers: { 'user-agent': 'player 1' } };
    const range = `start_ts=${segment.start_ts}&end_ts=${segment.end_ts}`;
    for (let index = 0; index < 5; index += 1)
      await ask('GET', `/api/record/lab/hls/index.m3u8?${range}`, watch);
    const { entries } = await search('who=chief&action=play+recording&object=lab');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ who: 'chief', userAgent: 'player 1' });
  });
});
