import type { Account, AccountRole, IssuedToken, LoginSession } from '../../../src-shared/model/account.ts';

export const ROLE_WORDS: Readonly<Record<AccountRole, string>> = {
  viewer: 'Viewer',
  operator: 'Operator',
  admin: 'Administrator',
};

export const ROLE_OPTIONS: readonly { value: AccountRole; label: string }[] = [
  { value: 'viewer', label: 'Viewer: sees and watches' },
  { value: 'operator', label: 'Operator: also records, relays, exports' },
  { value: 'admin', label: 'Administrator: also nodes, settings, accounts' },
];

/** `all streams`, or the patterns. */
export function streamsWords(streams: readonly string[] | null): string {
  return streams === null ? 'all streams' : streams.join(', ');
}

export function accountHint({ origin, problem, role, streams }: Account): string {
  if (problem) return problem;
  const place = origin === 'config' ? ', in liveman.toml' : '';
  return `${ROLE_WORDS[role]}, ${streamsWords(streams)}${place}`;
}

/** What a person typed into the field of patterns; null where nothing is left: all streams. */
export function parsePatterns(text: string): string[] | null {
  const patterns = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return patterns.length > 0 ? patterns : null;
}

export function tokenRightsWords(token: IssuedToken): string {
  const rights = [
    token.maySubscribe && 'watch',
    token.mayPublish && 'publish',
    token.mayAdminister && 'administer',
  ].filter((word) => word !== false);
  const what = token.stream === '*' ? 'all streams' : token.stream;
  return rights.length > 0 ? `may ${rights.join(', ')}: ${what}` : `may nothing: ${what}`;
}

const PROGRAMS: readonly [RegExp, string][] = [
  [/Electron\//, 'Liveman Desktop'],
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\//, 'curl'],
  [/ffmpeg|Lavf\//i, 'FFmpeg'],
  [/VLC\//, 'VLC'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** `Firefox on Linux`; the first word of what a program called itself where it is not known. */
export function programWords(userAgent: string | null): string {
  if (!userAgent) return 'unknown program';
  const find = (list: readonly [RegExp, string][]) => list.find(([form]) => form.test(userAgent))?.[1];
  const program = find(PROGRAMS) ?? userAgent.split(/[\s/]/, 1)[0] ?? 'unknown program';
  const system = find(SYSTEMS);
  return system ? `${program} on ${system}` : program;
}

const SESSION_KINDS: Readonly<Record<LoginSession['kind'], string>> = {
  account: 'password',
  token: 'configured token',
  jwt: 'issued token',
  code: 'login link',
};

export function sessionHint(session: LoginSession): string {
  const parts = [programWords(session.userAgent), session.address ?? 'unknown address'];
  return `${parts.join(', ')}, by ${SESSION_KINDS[session.kind]}`;
}
