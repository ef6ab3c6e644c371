import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { UploadService } from '../../services/upload-service.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Handlers } from '../endpoint.ts';
import { sendObject } from '../send-object.ts';

export interface StorageHandlerOptions {
  readonly uploads: UploadService;
  readonly store: ObjectStore;
  /** `http.public` where it was set; else nodes are sent to the address they came to. */
  readonly publicUrl: string | null;
}

type StorageRoute = 'pingStorage' | 'presignObject' | 'putSignedObject' | 'getSignedObject';

/** Uploads of nodes: signed URLs, and objects that come by them. */
export function storageHandlers(options: StorageHandlerOptions): Pick<Handlers, StorageRoute> {
  const { publicUrl, store, uploads } = options;
  return {
    pingStorage: ({ reply }) => reply.type('text/plain; charset=utf-8').send('ok'),
    presignObject: ({ body, request, signal }) =>
      uploads.presign(
        { method: body.method, path: body.path, ttlSeconds: body.ttl_seconds },
        publicUrl ?? `${request.protocol}://${request.host}`,
        { signal },
      ),
    putSignedObject: async ({ params, query, reply, request, signal }) => {
      const path = params['*'];
      await uploads.demandSigned({ method: 'PUT', path, expires: query.expires }, query.signature);
      const body = request.body === undefined ? Readable.from([]) : (request.body as Readable);
      await uploads.receive(path, body, announcedBytes(request), { signal });
      return reply.type('text/plain; charset=utf-8').send('');
    },
    getSignedObject: async ({ params, query, reply, request, signal }) => {
      const path = params['*'];
      await uploads.demandSigned({ method: 'GET', path, expires: query.expires }, query.signature);
      return sendObject(request, reply, { store, path, signal });
    },
  };
}

function announcedBytes(request: FastifyRequest): number | null {
  const text = request.headers['content-length'];
  return text === undefined ? null : Number(text);
}
