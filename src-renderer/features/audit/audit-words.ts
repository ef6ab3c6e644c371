import { httpRoutes } from '../../../src-shared/contract/http-routes.ts';
import type { RouteAudit } from '../../../src-shared/contract/route.ts';
import type { AuditEntry, CredentialKind } from '../../../src-shared/model/audit-entry.ts';

/** Every action there can be, sorted, for the choice of one. */
export const AUDIT_ACTIONS: readonly string[] = [
  ...new Set(
    Object.values(httpRoutes as Record<string, { audit?: RouteAudit }>).flatMap(({ audit }) => {
      if (audit === undefined) return [];
      return [typeof audit === 'string' ? audit : audit.action];
    }),
  ),
].sort();

const CREDENTIAL_WORDS: Readonly<Record<CredentialKind, string>> = {
  account: 'account',
  token: 'configured token',
  jwt: 'issued token',
  code: 'login link',
  desktop: 'desktop window',
  node: 'node',
  local: 'this computer',
  none: 'not recognised',
  system: 'Liveman itself',
};

export function credentialWords(kind: CredentialKind): string {
  return CREDENTIAL_WORDS[kind];
}

/** The name of who did it, or what it was. */
export function whoWords({ credential, who }: AuditEntry): string {
  if (credential === 'system') return 'Liveman';
  return who === '' ? 'somebody' : who;
}

/** `Delete stream`. */
export function actionWords(action: string): string {
  return action.charAt(0).toUpperCase() + action.slice(1);
}

export const OUTCOME_WORDS = { ok: 'Done', refused: 'Refused', failed: 'Failed' } as const;

/** Names of facts in the words of the window; others are shown as they are. */
const DETAIL_WORDS: Readonly<Record<string, string>> = {
  startUs: 'From',
  endUs: 'To',
  role: 'Role',
  streams: 'Streams',
  isDisabled: 'Disabled',
  subscribe: 'May watch',
  publish: 'May publish',
  admin: 'May administer',
  session: 'Login',
  token: 'Token',
  target: 'To node',
  count: 'Entries',
  reason: 'Reason',
  isCutOff: 'Broken off',
};

/** Facts of an entry as name and text; times are shown by `time`. */
export function detailFacts(
  { details }: AuditEntry,
  time: (us: number) => string,
): { name: string; value: string }[] {
  const places = Object.keys(DETAIL_WORDS);
  const place = (key: string) => (places.includes(key) ? places.indexOf(key) : places.length);
  const facts = Object.entries(details).sort(([a], [b]) => place(a) - place(b));
  return facts.map(([key, value]) => ({
    name: DETAIL_WORDS[key] ?? key,
    value: key.endsWith('Us') && typeof value === 'number' ? time(value) : valueText(value),
  }));
}

function valueText(value: unknown): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (value === null) return 'all';
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
