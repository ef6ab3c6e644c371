import { Type } from 'typebox';
import { ConnectionState, SecretPlaceKind, SecretState } from '../model/secret-state.ts';
import { defineRoutes } from './route.ts';

const STORE_ERRORS = ['secrets_locked', 'secrets_unavailable'] as const;
const SecretName = Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}$' });
const Done = Type.Object({ status: Type.Literal('ok') });

/** Secrets: where they are, storing and removing them, and moving them out of liveman.toml. No reply holds one. */
export const secretRoutes = defineRoutes({
  getSecrets: {
    method: 'GET',
    path: '/api/secrets',
    access: 'admin',
    summary: 'Where secrets are kept, which there are, and which stand in liveman.toml. Never their values.',
    form: 'ours',
    reply: SecretState,
    errors: ['secrets_unavailable'],
  },
  setSecret: {
    method: 'PUT',
    path: '/api/secrets/{name}',
    access: 'admin',
    audit: 'store secret',
    summary: 'Stores a secret, for "keychain:NAME" in liveman.toml.',
    form: 'ours',
    params: Type.Object({ name: SecretName }),
    body: Type.Object({ value: Type.String({ minLength: 1, maxLength: 100_000 }) }),
    reply: Done,
    errors: ['bad_request', 'unprocessable', ...STORE_ERRORS],
  },
  deleteSecret: {
    method: 'DELETE',
    path: '/api/secrets/{name}',
    access: 'admin',
    audit: 'delete secret',
    summary:
      'Removes a stored secret. What names it goes without it after some seconds; auth.*, the database and the proxy keep it until the next start, which fails without it.',
    form: 'ours',
    params: Type.Object({ name: SecretName }),
    reply: Done,
    errors: ['bad_request', 'not_found', ...STORE_ERRORS],
  },
  moveSecretStore: {
    method: 'POST',
    path: '/api/secrets/move',
    access: 'admin',
    audit: 'move secrets',
    summary: 'Moves all stored secrets to the keychain or to the sealed file; all of them or none.',
    form: 'ours',
    body: Type.Object({ place: SecretPlaceKind }),
    reply: Done,
    errors: ['unprocessable', 'conflict', ...STORE_ERRORS],
  },
  extractSecrets: {
    method: 'POST',
    path: '/api/secrets/extract',
    access: 'admin',
    audit: 'extract secrets',
    summary: 'Moves secrets from liveman.toml into the store and names them there; all of them or none.',
    form: 'ours',
    body: Type.Object({ paths: Type.Array(Type.String(), { minItems: 1, maxItems: 10_000 }) }),
    reply: Type.Object({
      moved: Type.Array(Type.Object({ path: Type.String(), name: Type.String() })),
    }),
    errors: ['bad_request', 'unprocessable', 'not_found', 'conflict', ...STORE_ERRORS],
  },
  getConnections: {
    method: 'GET',
    path: '/api/connections',
    access: 'admin',
    summary: 'The certificate of the endpoint, and whom and how outgoing calls trust and go.',
    form: 'ours',
    reply: ConnectionState,
    errors: [],
  },
});
