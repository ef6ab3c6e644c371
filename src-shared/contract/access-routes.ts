import { Type } from 'typebox';
import { ACCOUNT_ROLES, Account, IssuedToken, LoginSession, StreamPatterns } from '../model/account.ts';
import { defineRoutes } from './route.ts';

const NameParam = Type.Object({ name: Type.String() });
const IdParam = Type.Object({ id: Type.String() });
const AliasParam = Type.Object({ alias: Type.String() });

const AccountRights = {
  role: Type.Enum([...ACCOUNT_ROLES]),
  streams: Type.Union([StreamPatterns, Type.Null()], { description: 'null: all streams.' }),
  isDisabled: Type.Boolean(),
};
const Password = Type.String({ maxLength: 1024 });

/** What a token allows, in upstream's words. */
const TokenRights = {
  id: Type.String({ minLength: 1, maxLength: 500, description: 'Stream name, or * for all.' }),
  subscribe: Type.Boolean(),
  publish: Type.Boolean(),
  admin: Type.Boolean(),
};

/** Address under which a node reports without a token. */
export const ReportPathView = Type.Object({
  alias: Type.String(),
  createdAtMs: Type.Number(),
  createdBy: Type.String(),
});

/** Accounts, sessions, tokens and secret paths: who may come in, and what with. */
export const accessRoutes = defineRoutes({
  openSession: {
    method: 'POST',
    path: '/api/session',
    access: 'any',
    audit: 'log in',
    summary:
      'Opens a browser session for who brought a token, as pictures and event streams carry no header.',
    form: 'ours',
    reply: Type.Object({ isSignedIn: Type.Boolean() }),
    errors: ['unauthorized'],
  },
  listAccounts: {
    method: 'GET',
    path: '/api/accounts',
    access: 'admin',
    summary: 'Accounts of liveman.toml and those made here, sorted by name.',
    form: 'ours',
    reply: Type.Object({ accounts: Type.Array(Account) }),
    errors: ['forbidden', 'database_unavailable'],
  },
  addAccount: {
    method: 'POST',
    path: '/api/accounts',
    access: 'admin',
    audit: 'add account',
    summary: 'Adds an account. From the first one on everybody has to log in.',
    form: 'ours',
    body: Type.Object({ name: Type.String({ maxLength: 200 }), password: Password, ...AccountRights }),
    reply: Account,
    errors: ['bad_request', 'unprocessable', 'forbidden', 'conflict', 'database_unavailable'],
  },
  changeAccount: {
    method: 'PUT',
    path: '/api/accounts/{name}',
    access: 'admin',
    audit: 'change account',
    summary:
      'Changes role and streams of an account, or disables it; counts at once, also where it is logged in.',
    form: 'ours',
    params: NameParam,
    body: Type.Object(AccountRights),
    reply: Account,
    errors: ['unprocessable', 'forbidden', 'not_found', 'conflict', 'database_unavailable'],
  },
  setPassword: {
    method: 'PUT',
    path: '/api/accounts/{name}/password',
    access: 'admin',
    audit: 'set password',
    summary: 'Gives an account a new password; its sessions and login tokens end.',
    form: 'ours',
    params: NameParam,
    body: Type.Object({ password: Password }),
    reply: Type.Object({ changed: Type.Boolean() }),
    errors: ['bad_request', 'unprocessable', 'forbidden', 'not_found', 'conflict', 'database_unavailable'],
  },
  removeAccount: {
    method: 'DELETE',
    path: '/api/accounts/{name}',
    access: 'admin',
    audit: 'remove account',
    summary: 'Removes an account; its sessions and login tokens end. The last administrator stays.',
    form: 'ours',
    params: NameParam,
    reply: Type.Object({ removed: Type.Boolean() }),
    errors: ['forbidden', 'not_found', 'conflict', 'database_unavailable'],
  },
  changeOwnPassword: {
    method: 'POST',
    path: '/api/own-password',
    access: 'any',
    audit: 'change password',
    summary:
      'Gives the account of the caller a new password; its other sessions end, the caller gets a new one.',
    form: 'ours',
    body: Type.Object({ present: Password, next: Password }),
    reply: Type.Object({ changed: Type.Boolean() }),
    errors: [
      'bad_request',
      'unprocessable',
      'forbidden',
      'not_found',
      'conflict',
      'too_many',
      'database_unavailable',
    ],
  },
  listSessions: {
    method: 'GET',
    path: '/api/sessions',
    access: 'any',
    summary: 'Who is logged in, last used first; administrators see all, others their own.',
    form: 'ours',
    reply: Type.Object({ sessions: Type.Array(LoginSession) }),
    errors: ['database_unavailable'],
  },
  revokeSession: {
    method: 'DELETE',
    path: '/api/sessions/{id}',
    access: 'any',
    audit: 'revoke session',
    summary: 'Ends a session: an own one, or as an administrator any.',
    form: 'ours',
    params: IdParam,
    reply: Type.Object({ revoked: Type.Boolean() }),
    errors: ['not_found', 'database_unavailable'],
  },
  issueToken: {
    method: 'POST',
    path: '/api/token',
    access: 'admin',
    audit: 'issue token',
    summary: 'A JWT for one stream, or `*`; also nodes with the same secret take it.',
    form: 'upstream',
    body: Type.Object({
      ...TokenRights,
      duration: Type.Integer({ minimum: 0, description: 'Seconds; at most auth.token_max_seconds.' }),
    }),
    reply: Type.Object({ access_token: Type.String(), token_type: Type.Literal('Bearer') }),
    errors: ['bad_request', 'unprocessable', 'forbidden', 'conflict', 'database_unavailable'],
  },
  createToken: {
    method: 'POST',
    path: '/api/tokens',
    access: 'admin',
    audit: 'issue token',
    summary: 'As `POST /api/token`, with a label; the token is shown this once.',
    form: 'ours',
    body: Type.Object({
      ...TokenRights,
      label: Type.String({ maxLength: 200 }),
      durationSec: Type.Integer({ minimum: 1 }),
    }),
    reply: Type.Object({ token: Type.String(), entry: IssuedToken }),
    errors: ['bad_request', 'unprocessable', 'forbidden', 'conflict', 'database_unavailable'],
  },
  listTokens: {
    method: 'GET',
    path: '/api/tokens',
    access: 'admin',
    summary: 'Tokens issued here that have not expired, newest first. Tokens made elsewhere are not known.',
    form: 'ours',
    reply: Type.Object({ tokens: Type.Array(IssuedToken) }),
    errors: ['forbidden', 'database_unavailable'],
  },
  revokeToken: {
    method: 'DELETE',
    path: '/api/tokens/{id}',
    access: 'admin',
    audit: 'revoke token',
    summary: 'Revokes a token that was issued here. Nodes do not learn of it and take it until it expires.',
    form: 'ours',
    params: IdParam,
    reply: Type.Object({ revoked: Type.Boolean() }),
    errors: ['forbidden', 'not_found', 'database_unavailable'],
  },
  listReportPaths: {
    method: 'GET',
    path: '/api/report-paths',
    access: 'admin',
    summary: 'Nodes that report under a secret path, without the secrets.',
    form: 'ours',
    reply: Type.Object({ paths: Type.Array(ReportPathView) }),
    errors: ['database_unavailable'],
  },
  issueReportPath: {
    method: 'POST',
    path: '/api/report-paths/{alias}',
    access: 'admin',
    audit: 'issue report path',
    summary: 'Makes a secret address for a node that sends no token; shown this once. The one before ends.',
    form: 'ours',
    params: AliasParam,
    reply: Type.Object({
      path: ReportPathView,
      url: Type.String({ description: 'To be set as the manager’s URL on the node.' }),
    }),
    errors: ['forbidden', 'not_found', 'database_unavailable'],
  },
  revokeReportPath: {
    method: 'DELETE',
    path: '/api/report-paths/{alias}',
    access: 'admin',
    audit: 'revoke report path',
    summary: 'Ends the secret address of a node.',
    form: 'ours',
    params: AliasParam,
    reply: Type.Object({ revoked: Type.Boolean() }),
    errors: ['forbidden', 'not_found', 'database_unavailable'],
  },
});
