import { Type } from 'typebox';
import { ACCOUNT_ROLES } from '../model/account.ts';
import { defineRoutes } from './route.ts';

/** Health, identity and login. */
export const systemRoutes = defineRoutes({
  getHealth: {
    method: 'GET',
    path: '/healthz',
    access: 'open',
    isAnonymous: true,
    summary: 'The process is alive.',
    form: 'ours',
    reply: Type.Object({ status: Type.Literal('ok') }),
    errors: [],
  },
  getReadiness: {
    method: 'GET',
    path: '/readyz',
    access: 'open',
    isAnonymous: true,
    summary: 'Database and endpoint are usable.',
    form: 'ours',
    reply: Type.Object({ status: Type.Literal('ready') }),
    errors: ['database_unavailable'],
  },
  getInfo: {
    method: 'GET',
    path: '/api/info',
    access: 'open',
    summary: 'Version and features, in the shape nodes answer with.',
    form: 'upstream',
    reply: Type.Object({
      version: Type.String(),
      gitHash: Type.String(),
      buildTime: Type.String(),
      features: Type.Array(Type.String()),
    }),
    errors: [],
  },
  getSession: {
    method: 'GET',
    path: '/api/session',
    access: 'open',
    summary: 'Who the caller is; tells the window whether it must log in.',
    form: 'ours',
    reply: Type.Object({
      isAuthRequired: Type.Boolean(),
      isSignedIn: Type.Boolean(),
      hasAccounts: Type.Boolean({ description: 'Login by user name is configured.' }),
      name: Type.Union([Type.String(), Type.Null()]),
      role: Type.Union([Type.Enum([...ACCOUNT_ROLES]), Type.Null()], {
        description: 'What comes nearest to what the caller may do; null for tokens of one stream.',
      }),
      streams: Type.Union([Type.Array(Type.String()), Type.Null()], {
        description: 'Names or patterns the caller is limited to; null: all streams.',
      }),
      accountOrigin: Type.Union([Type.Literal('config'), Type.Literal('stored'), Type.Null()], {
        description: 'Where the account of the caller is kept; null for other credentials.',
      }),
      canIssueTokens: Type.Boolean({ description: 'auth.secret is set.' }),
      notices: Type.Array(Type.String(), {
        description: 'Settings that leave doors open, in words; for who is signed in.',
      }),
    }),
    errors: [],
  },
  login: {
    method: 'POST',
    path: '/api/login',
    access: 'open',
    isAnonymous: true,
    audit: 'log in',
    summary: 'User name and password for a token of 24 hours; a browser also gets a session cookie.',
    form: 'upstream',
    body: Type.Object({ username: Type.String(), password: Type.String() }),
    reply: Type.Object({ access_token: Type.String(), token_type: Type.Literal('Bearer') }),
    errors: ['bad_request', 'unprocessable', 'unauthorized', 'too_many'],
  },
  logout: {
    method: 'POST',
    path: '/api/logout',
    access: 'open',
    audit: 'log out',
    summary: 'Ends the browser session of the caller.',
    form: 'ours',
    reply: Type.Object({ status: Type.Literal('ok') }),
    errors: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/api/openapi.json',
    access: 'any',
    summary: 'This contract as OpenAPI 3.1.',
    form: 'ours',
    reply: Type.Object({}, { additionalProperties: true }),
    errors: [],
  },
});
