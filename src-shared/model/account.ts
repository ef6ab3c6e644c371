import { type Static, Type } from 'typebox';

/** `viewer` watches and finds; `operator` also steers streams; `admin` also changes settings, nodes and accounts. */
export const ACCOUNT_ROLES = ['viewer', 'operator', 'admin'] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

export const StreamPatterns = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
  maxItems: 100,
  description: 'Patterns of stream names, * stands for any text.',
});

/** Somebody who logs in with a name and a password. */
export const Account = Type.Object({
  name: Type.String(),
  role: Type.Enum([...ACCOUNT_ROLES]),
  streams: Type.Union([StreamPatterns, Type.Null()], { description: 'Limited to these; null: all streams.' }),
  isDisabled: Type.Boolean(),
  origin: Type.Union([Type.Literal('config'), Type.Literal('stored')], {
    description: 'config: in liveman.toml, changed there only; stored: made in the window.',
  }),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'Why it cannot be used as it is.' }),
  createdAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type Account = Static<typeof Account>;

/** A session of a browser, or of a program that logged in. */
export const LoginSession = Type.Object({
  id: Type.String({ description: 'Public identifier, also in the audit log.' }),
  name: Type.String({ description: 'Account, or the credential it was opened with.' }),
  kind: Type.Union([
    Type.Literal('account'),
    Type.Literal('token'),
    Type.Literal('jwt'),
    Type.Literal('code'),
  ]),
  createdAtMs: Type.Number(),
  usedAtMs: Type.Number({ description: 'Last use, exact to a minute.' }),
  expiresAtMs: Type.Number(),
  address: Type.Union([Type.String(), Type.Null()]),
  userAgent: Type.Union([Type.String(), Type.Null()]),
  isOwn: Type.Boolean({ description: 'It is the one this request came with.' }),
});
export type LoginSession = Static<typeof LoginSession>;

/** A JWT that was issued here. The token itself is shown once, when it is made. */
export const IssuedToken = Type.Object({
  id: Type.String({ description: 'Claim jti.' }),
  label: Type.String(),
  account: Type.Union([Type.String(), Type.Null()], { description: 'Account whose login it stands for.' }),
  stream: Type.String({ description: 'Stream name, or * for all.' }),
  maySubscribe: Type.Boolean(),
  mayPublish: Type.Boolean(),
  mayAdminister: Type.Boolean(),
  issuedBy: Type.String(),
  issuedAtMs: Type.Number(),
  expiresAtMs: Type.Number(),
  revokedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type IssuedToken = Static<typeof IssuedToken>;
