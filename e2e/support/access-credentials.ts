import { SignJWT } from 'jose';
import { type Ask, ask, loginUrl } from './access-bench.ts';

export const SECRET = 'the secret of nodes and manager';
export const STATIC_TOKEN = 'a static token';

/** Streams of the matrix: `own` is what stream tokens and limited accounts are for. */
export interface StreamPair {
  readonly own: string;
  readonly foreign: string;
}

/** What a credential is expected to open: accesses for its own stream, and for a foreign one. */
export interface Expected {
  readonly own: string;
  readonly foreign: string;
}

export interface MatrixCredential extends Expected {
  readonly name: string;
  readonly ask: Ask;
  /** A secret report path of the node `edge`. */
  readonly reportSecret?: string;
  /** What a page of another site makes a browser send: the cookie goes with it. */
  readonly isForeignPage?: true;
}

const ALL = 'any report read write session execute observe operate admin';
const both = (accesses: string): Expected => ({ own: accesses, foreign: accesses });
const NOTHING = both('');

/** By mode, for `*`: the bits bind it. */
const STAR: readonly Expected[] = [
  both('any'),
  both('any report execute observe operate admin'),
  both('any report write session'),
  both('any report write session execute observe operate admin'),
  both('any read session observe'),
  both('any report read session execute observe operate admin'),
  both('any report read write session observe'),
  both(ALL),
];
/** By mode, for one stream. */
const ONE: readonly Expected[] = [
  { own: 'any', foreign: 'any' },
  { own: 'any execute', foreign: 'any' },
  { own: 'any write session', foreign: 'any' },
  { own: 'any write session execute', foreign: 'any' },
  { own: 'any read session', foreign: 'any' },
  { own: 'any read session execute', foreign: 'any' },
  { own: 'any read write session', foreign: 'any' },
  { own: 'any read write session execute', foreign: 'any' },
];
/** Name of each account and what it may do. Limited ones are limited to `own`. */
const ACCOUNTS: Readonly<Record<string, Expected>> = {
  viewer: both('any read session observe'),
  operator: both('any report read write session execute observe operate'),
  admin: both(ALL),
  'limited-viewer': { own: 'any read session observe', foreign: 'any observe' },
  'limited-operator': { own: 'any read write session execute observe operate', foreign: 'any observe' },
  'limited-admin': {
    own: 'any read write session execute observe operate',
    foreign: 'any observe',
  },
};
export const ACCOUNT_PASSWORD = 'the password of all';

/** The accounts as liveman.toml has them. */
export function accountsToml(own: readonly string[]): string {
  return Object.keys(ACCOUNTS)
    .map((name) => {
      const role = name.replace('limited-', '');
      const streams = name.startsWith('limited-') ? JSON.stringify(own) : '[]';
      return `[[auth.accounts]]\nusername = "${name}"\npassword = "${ACCOUNT_PASSWORD}"\nrole = "${role}"\nstreams = ${streams}\n`;
    })
    .join('\n');
}

export function signed(id: string, mode: number, key = SECRET, expSec = 4_000_000_000): Promise<string> {
  return new SignJWT({ id, mode })
    .setProtectedHeader({ typ: 'JWT', alg: 'HS256' })
    .setExpirationTime(expSec)
    .sign(new TextEncoder().encode(key));
}

/** Every kind of credential, with what it should open. Needs the manager to run. */
export async function matrixCredentials({ own }: StreamPair): Promise<MatrixCredential[]> {
  const bearer = async (name: string, token: Promise<string> | string, expected: Expected) => ({
    name,
    ask: { token: await token },
    ...expected,
  });
  const unsigned = [
    { alg: 'none', typ: 'JWT' },
    { id: '*', mode: 7, exp: 4_000_000_000 },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const nowSec = Math.floor(Date.now() / 1000);
  return [
    { name: 'none', ask: {}, ...NOTHING },
    { name: 'odd header', ask: { headers: { authorization: STATIC_TOKEN } }, ...NOTHING },
    { name: 'odd cookie', ask: { cookie: `lms_${'x'.repeat(43)}` }, ...NOTHING },
    await bearer('static token', STATIC_TOKEN, both(ALL)),
    await bearer('wrong token', `${STATIC_TOKEN}x`, NOTHING),
    ...(await Promise.all(
      STAR.map((expected, mode) => bearer(`* mode ${mode}`, signed('*', mode), expected)),
    )),
    ...(await Promise.all(
      ONE.map((expected, mode) => bearer(`own mode ${mode}`, signed(own, mode), expected)),
    )),
    await bearer('expired', signed('*', 7, SECRET, nowSec - 120), NOTHING),
    await bearer('wrong key', signed('*', 7, 'another key'), NOTHING),
    await bearer('empty key', signed('*', 7, '\0'), NOTHING),
    await bearer('alg none', `${unsigned}.`, NOTHING),
    ...(await accountCredentials()),
    { name: 'desktop', ask: { headers: { 'x-liveman-desktop': 'of the desktop' } }, ...both(ALL) },
    { name: 'odd desktop', ask: { headers: { 'x-liveman-desktop': 'of another' } }, ...NOTHING },
    ...(await endedCredentials()),
    { name: 'report path', ask: {}, ...NOTHING, reportSecret: await reportSecret() },
    { name: 'login code', ask: { cookie: await loginByCode() }, ...both(ALL) },
  ];
}

const logIn = async (name: string) =>
  (await ask('POST', '/api/login', { body: { username: name, password: ACCOUNT_PASSWORD } })).cookie ?? '';

/** Credentials that were good once, and a good one that another site uses. */
async function endedCredentials(): Promise<MatrixCredential[]> {
  const admin = { cookie: await logIn('admin') };
  const ended = { cookie: await logIn('admin') };
  await ask('POST', '/api/logout', ended);
  const wanted = { id: '*', durationSec: 600, subscribe: true, publish: true, admin: true, label: 'Matrix' };
  const made = (await ask('POST', '/api/tokens', { ...admin, body: wanted })).json;
  const ofToken = { cookie: (await ask('POST', '/api/session', { token: made.token })).cookie ?? '' };
  await ask('DELETE', `/api/tokens/${made.entry.id}`, admin);
  const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  return [
    { name: 'ended session', ask: ended, ...NOTHING },
    { name: 'revoked token', ask: { token: made.token }, ...NOTHING },
    { name: 'its session', ask: ofToken, ...NOTHING },
    { name: 'foreign page', ask: { ...admin, headers: foreign }, ...NOTHING, isForeignPage: true },
  ];
}

async function reportSecret(): Promise<string> {
  const made = await ask('POST', '/api/report-paths/edge', { token: STATIC_TOKEN });
  return new URL(made.json.url).pathname.split('/')[2] ?? '';
}

async function accountCredentials(): Promise<MatrixCredential[]> {
  const found: MatrixCredential[] = [];
  for (const [name, expected] of Object.entries(ACCOUNTS)) {
    found.push({ name, ask: { cookie: await logIn(name) }, ...expected });
  }
  return found;
}

async function loginByCode(): Promise<string> {
  const { pathname, search } = new URL(loginUrl());
  return (await ask('GET', pathname + search)).cookie ?? '';
}
