import { describe, expect, it } from 'vitest';
import { AccountBook, type ConfigAccount } from '../auth/account-book.ts';
import { AttemptLimiter } from '../auth/attempt-limiter.ts';
import { hashPassword } from '../auth/password-hash.ts';
import { type NodeAddresses, ReportDoor } from '../auth/report-door.ts';
import { SessionBook } from '../auth/session-book.ts';
import { TokenBook } from '../auth/token-book.ts';
import { systemClock } from '../base/clock.ts';
import { Authenticator, type AuthOptions, type Credentials } from './authenticator.ts';

/** The vector every node accepts: secret `example-secret`, id cam1, exp 4102444800, mode 6. */
const VECTOR =
  'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6ImNhbTEiLCJleHAiOjQxMDI0NDQ4MDAsIm1vZGUiOjZ9.tNtHLS5GPkOh_lKkjiz3M8wvULinWS6l8K2uiPbloS0';
const CALLER = { address: '192.0.2.1', userAgent: 'test' };

interface Parts extends Partial<AuthOptions> {
  readonly accounts?: readonly ConfigAccount[];
  readonly nodes?: readonly NodeAddresses[];
  readonly idleMs?: number;
}

function authenticator(
  { accounts = [], nodes = [], idleMs = 3_600_000, ...options }: Parts,
  nowMs = () => 1_800_000_000_000,
) {
  const clock = { ...systemClock, nowMs };
  const books = {
    accounts: new AccountBook(accounts, null, clock),
    sessions: new SessionBook(null, clock, { idleMs, maxMs: 7_200_000 }),
    tokens: new TokenBook(null, clock),
    reports: new ReportDoor(nodes, null, clock),
    attempts: new AttemptLimiter(clock),
  };
  const subject = new Authenticator({ tokens: [], secret: '', compat: 'strict', ...options }, books, clock, {
    check: async () => {},
  });
  return {
    subject,
    books,
    find: (credentials: Credentials) => subject.findPrincipal(credentials, 'any'),
  };
}

describe('Authenticator', () => {
  it('lets everybody in when nothing is configured, and nobody without credential otherwise', async () => {
    expect(await authenticator({}).find({})).toMatchObject({ id: '*', mode: 7 });
    expect(await authenticator({ secret: 's' }).find({})).toBeNull();
    expect(await authenticator({ accounts: [{ username: 'ops', password: 'pw' }] }).find({})).toBeNull();
  });

  it('accepts the JWT vector with its own secret only', async () => {
    const headers = { authorization: `Bearer ${VECTOR}` };
    expect(await authenticator({ secret: 'example-secret' }).find(headers)).toMatchObject({
      id: 'cam1',
      mode: 6,
    });
    expect(await authenticator({ secret: 'other' }).find(headers)).toBeNull();
    expect(await authenticator({ tokens: ['x'] }).find(headers)).toBeNull();
  });

  it('refuses an expired JWT after the leeway of 60 s', async () => {
    const late = (sec: number) =>
      authenticator({ secret: 'example-secret' }, () => (4102444800 + sec) * 1000);
    const headers = { authorization: `Bearer ${VECTOR}` };
    expect(await late(30).find(headers)).not.toBeNull();
    expect(await late(61).find(headers)).toBeNull();
  });

  it.each(['', 'Bearer', 'Bearer ', 'x', 'Basic dG9rZW4=', 'Bearer wrong', 'Bearer a.b.c', 'token'])(
    'answers %j with nothing and without an exception',
    async (authorization) => {
      expect(await authenticator({ tokens: ['token'], secret: 's' }).find({ authorization })).toBeNull();
    },
  );

  it('takes no cookie when a wrong token comes with it, nor from a page of another origin', async () => {
    const { find, subject } = authenticator({ tokens: ['right'] });
    const cookieSession = (await subject.openSessionFor('Bearer right', CALLER)) ?? '';
    expect(await find({ cookieSession })).toMatchObject({ name: 'token', via: 'token' });
    expect(await find({ cookieSession, authorization: 'Bearer wrong' })).toBeNull();
    expect(await find({ cookieSession, isForeign: true })).toBeNull();
  });

  it('uses a login code once', async () => {
    const { find, subject } = authenticator({ tokens: ['t'] });
    const code = subject.issueLoginCode();
    const session = await subject.redeemLoginCode(code, CALLER);
    expect(await find({ cookieSession: session ?? '' })).toMatchObject({ via: 'code', mode: 7 });
    expect(await subject.redeemLoginCode(code, CALLER)).toBeNull();
    expect(await subject.redeemLoginCode('', CALLER)).toBeNull();
  });
});

describe('logging in', () => {
  const accounts: ConfigAccount[] = [
    { username: 'ops', password: 'right' },
    { username: 'guest', password: 'seen', role: 'viewer', streams: ['hall-*'] },
  ];

  it('gives administrators the JWT nodes take, and others only the value of their session', async () => {
    const { find, subject } = authenticator({ accounts, secret: 'example-secret' });
    const admin = await subject.logIn('ops', 'right', CALLER);
    const claims = JSON.parse(Buffer.from(admin.accessToken.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ id: '*', mode: 7, exp: 1_800_086_400 });
    expect(await find({ authorization: `Bearer ${admin.accessToken}` })).toMatchObject({
      name: 'ops',
      mode: 7,
    });
    const guest = await subject.logIn('guest', 'seen', CALLER);
    expect(guest.accessToken).toBe(guest.session);
    expect(await find({ authorization: `Bearer ${guest.accessToken}` })).toMatchObject({
      id: '*',
      mode: 4,
      streams: ['hall-*'],
    });
  });

  it('takes hashes, and never a hash as the password', async () => {
    const password = await hashPassword('right');
    const { subject } = authenticator({ accounts: [{ username: 'ops', password }] });
    await expect(subject.logIn('ops', 'right', CALLER)).resolves.toMatchObject({
      principal: { name: 'ops' },
    });
    await expect(subject.logIn('ops', password, CALLER)).rejects.toThrow('Wrong credentials');
  });

  it('answers unknown accounts, empty passwords and those that are too long alike', async () => {
    const { subject } = authenticator({ accounts: [...accounts, { username: 'empty', password: '' }] });
    for (const [name, password] of [
      ['nobody', 'x'],
      ['empty', ''],
      ['ops', 'x'.repeat(5000)],
    ] as const) {
      await expect(subject.logIn(name, password, CALLER)).rejects.toThrow('Wrong credentials');
    }
  });

  it('ends a session by disuse, by age and by hand', async () => {
    let nowMs = 1_800_000_000_000;
    const { find, subject } = authenticator({ accounts }, () => nowMs);
    const open = async () => (await subject.logIn('ops', 'right', CALLER)).session;
    const unused = await open();
    nowMs += 3_500_000;
    expect(await find({ cookieSession: unused })).not.toBeNull();
    nowMs += 3_500_000;
    expect(await find({ cookieSession: unused })).not.toBeNull();
    nowMs += 300_000;
    expect(await find({ cookieSession: unused })).toBeNull();
    const idle = await open();
    nowMs += 3_600_000;
    expect(await find({ cookieSession: idle })).toBeNull();
    const closed = await open();
    await subject.logOut(closed);
    expect(await find({ cookieSession: closed })).toBeNull();
  });

  it('keeps a session that is used, however short disuse may be', async () => {
    let nowMs = 1_800_000_000_000;
    const { find, subject } = authenticator({ accounts, idleMs: 6000 }, () => nowMs);
    const { session } = await subject.logIn('ops', 'right', CALLER);
    for (let use = 0; use < 20; use += 1) {
      nowMs += 4000;
      expect(await find({ cookieSession: session })).not.toBeNull();
    }
    nowMs += 6000;
    expect(await find({ cookieSession: session })).toBeNull();
  });

  it('does not let a session live longer than the token it was opened with', async () => {
    let nowMs = 4102444800_000 - 10_000;
    const { find, subject } = authenticator({ secret: 'example-secret' }, () => nowMs);
    const cookieSession = (await subject.openSessionFor(`Bearer ${VECTOR}`, CALLER)) ?? '';
    expect(await find({ cookieSession })).toMatchObject({ id: 'cam1', mode: 6 });
    nowMs += 20_000;
    expect(await find({ cookieSession })).toBeNull();
  });
});

describe('auth.compat = "upstream"', () => {
  it('is off without tokens whatever else is set', async () => {
    const accounts = [{ username: 'ops', password: 'pw' }];
    const { find, subject } = authenticator({ compat: 'upstream', secret: 's', accounts });
    expect(subject.isRequired).toBe(false);
    expect(await find({})).toMatchObject({ id: '*', mode: 7 });
    expect(await find({ authorization: 'x' })).toMatchObject({ id: '*', mode: 7 });
  });

  it('does not look at the scheme, and takes tokens signed with an empty secret', async () => {
    const { find, subject } = authenticator({ compat: 'upstream', tokens: ['right'], secret: '' });
    expect(await find({ authorization: 'Foobar right' })).toMatchObject({ mode: 7 });
    expect(await find({ authorization: 'Bearer   right' })).toMatchObject({ mode: 7 });
    expect(await find({ authorization: 'Bear' })).toBeNull();
    const claims = { id: 'cam1', mode: 4, expiresAtMs: 1_800_000_100_000 };
    const { token } = await subject.issueToken(claims, { label: '', issuedBy: 'test', account: null });
    expect(await find({ authorization: `Bearer ${token}` })).toMatchObject({ id: 'cam1', mode: 4 });
  });
});

describe('reports from an address', () => {
  const nodes: NodeAddresses[] = [
    { alias: 'edge-1', report_from: ['192.0.2.10', '2001:db8::/32'] },
    { alias: 'edge-2', report_from: ['192.0.2.0/24'] },
    { alias: 'edge-3', report_from: [] },
  ];
  const report = (address: string, credentials: Credentials = {}) =>
    authenticator({ tokens: ['t'], nodes }).subject.findPrincipal({ address, ...credentials }, 'report');

  it('are those of the nodes that sit there, and reach nothing else', async () => {
    expect(await report('192.0.2.10')).toMatchObject({ nodes: ['edge-1', 'edge-2'], mode: 0 });
    expect(await report('::ffff:192.0.2.11')).toMatchObject({ nodes: ['edge-2'] });
    expect(await report('2001:db8::7')).toMatchObject({ nodes: ['edge-1'] });
    expect(await report('198.51.100.1')).toBeNull();
    expect(await report('nonsense')).toBeNull();
    expect(await report('192.0.2.10', { authorization: 'Bearer wrong' })).toBeNull();
    const { subject } = authenticator({ tokens: ['t'], nodes });
    expect(await subject.findPrincipal({ address: '192.0.2.10' }, 'admin')).toBeNull();
  });
});
