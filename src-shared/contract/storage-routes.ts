import { Type } from 'typebox';
import { defineRoutes } from './route.ts';

const ObjectParam = Type.Object({ '*': Type.String({ description: 'Object path, percent-decoded.' }) });

/** What makes a URL good for one object and one method. */
const SignedQuery = Type.Object({
  storage: Type.String({ description: 'Name of the storage.' }),
  expires: Type.Integer({ minimum: 0, description: 'Unix seconds; the URL is good until then.' }),
  signature: Type.String({ description: 'HMAC-SHA256 of this manager, base64url.' }),
});

const AliasParams = Type.Object({ alias: Type.String() });
const PresignBody = Type.Object({
  method: Type.String({ description: 'PUT or GET.' }),
  path: Type.String({ description: '`<stream>/<unix seconds>/<file>`, relative to the storage root.' }),
  ttl_seconds: Type.Integer({ minimum: 0, description: 'Brought into 30 to 3600.' }),
});
const PresignReply = Type.Object({
  url: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
});

/**
 * How the upload queue of a node gets its recordings into the storage.
 *
 * A node calls `{recorder.upload.liveman_url}/api/storage/...`. One that records to a storage of its own has
 * `http://MANAGER/api/nodes/ALIAS` as that URL.
 */
export const storageRoutes = defineRoutes({
  pingNodeStorage: {
    method: 'GET',
    path: '/api/nodes/{alias}/api/storage/ping',
    access: 'report',
    summary: 'Whether objects of this node can be uploaded: `ok`.',
    form: 'upstream',
    params: AliasParams,
    reply: 'text/plain',
    errors: ['not_found', 'storage_unavailable'],
  },
  presignNodeObject: {
    method: 'POST',
    path: '/api/nodes/{alias}/api/storage/presign',
    access: 'report',
    audit: { action: 'sign URL', isContinuous: true },
    summary: 'As presignObject, for the storage that the node records to and no other.',
    form: 'upstream',
    params: AliasParams,
    body: PresignBody,
    reply: PresignReply,
    errors: [
      'bad_request',
      'forbidden',
      'not_found',
      'unprocessable',
      'storage_unavailable',
      'secrets_unavailable',
    ],
  },
  pingStorage: {
    method: 'GET',
    path: '/api/storage/ping',
    access: 'report',
    summary: 'Whether objects can be uploaded: `ok`.',
    form: 'upstream',
    reply: 'text/plain',
    errors: ['storage_unavailable'],
  },
  presignObject: {
    method: 'POST',
    path: '/api/storage/presign',
    access: 'report',
    audit: { action: 'sign URL', isContinuous: true },
    summary: 'A signed URL for one object of a recording, and the headers to send with it.',
    form: 'upstream',
    body: PresignBody,
    reply: PresignReply,
    errors: ['bad_request', 'forbidden', 'unprocessable', 'storage_unavailable', 'secrets_unavailable'],
  },
  putSignedObject: {
    method: 'PUT',
    path: '/api/storage/object/{*path}',
    // The signature is the credential.
    access: 'open',
    summary: 'Stores an object in a local storage; only with a signed URL.',
    form: 'upstream',
    params: ObjectParam,
    query: SignedQuery,
    rawBody: 'application/octet-stream',
    reply: 'text/plain',
    errors: [
      'bad_request',
      'forbidden',
      'not_found',
      'payload_too_large',
      'storage_unavailable',
      'secrets_unavailable',
    ],
  },
  getSignedObject: {
    method: 'GET',
    path: '/api/storage/object/{*path}',
    access: 'open',
    summary: 'A stored object, byte for byte; only with a signed URL.',
    form: 'upstream',
    params: ObjectParam,
    query: SignedQuery,
    reply: 'application/octet-stream',
    errors: [
      'bad_request',
      'forbidden',
      'not_found',
      'object_missing',
      'range_not_satisfiable',
      'storage_unavailable',
    ],
  },
});
