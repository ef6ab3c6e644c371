import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { DEFAULT_STORAGE } from '../../config/normalize-config.ts';
import type { Database } from '../../db/database.ts';
import { parseRecordingPath } from '../../recordings/recording-path.ts';
import type { NodePlaces } from '../../segments/node-places.ts';
import { otherOwnerOf, settledOwnerOf } from '../../segments/object-owner.ts';
import type { UploadService } from '../../services/upload-service.ts';
import type { StorageSet } from '../../storage/storage-set.ts';
import type { Call, Handlers } from '../endpoint.ts';
import { mayRead, type Principal } from '../principal.ts';
import { sendObject } from '../send-object.ts';

export interface StorageHandlerOptions {
  readonly uploads: UploadService;
  readonly storages: StorageSet;
  /** Whether there is such a node. */
  readonly hasNode: (alias: string) => boolean;
  readonly places: NodePlaces;
  readonly database: Database;
  readonly clock: Clock;
  /** `http.public` where it was set; else nodes are sent to the address they came to. */
  readonly publicUrl: string | null;
}

type StorageRoute =
  | 'pingStorage'
  | 'pingStorageByPath'
  | 'presignObject'
  | 'presignObjectByPath'
  | 'pingNodeStorage'
  | 'presignNodeObject'
  | 'putSignedObject'
  | 'getSignedObject';

type PresignCall = Pick<Call<'presignObject'>, 'audit' | 'body' | 'request' | 'signal'>;

/** Uploads of nodes: signed URLs, and objects that come by them. */
export function storageHandlers(options: StorageHandlerOptions): Pick<Handlers, StorageRoute> {
  const { clock, database, hasNode, places, publicUrl, storages, uploads } = options;
  /** `aliases`: the nodes that ask, where it is known which; a credential for all of them may be any. */
  const presign = async (
    { aliases, storage }: { aliases: readonly string[]; storage: string },
    { audit, body, request, signal }: PresignCall,
  ) => {
    const { path } = body;
    const method = body.method.toUpperCase();
    // One entry for what a node puts into the storage of a stream, one for each object that is taken out.
    audit.object(method === 'PUT' ? (parseRecordingPath(path)?.stream ?? path) : path);
    audit.detail('method', method);
    if (method !== 'PUT') demandReader(request.principal, path);
    else await demandOwn(aliases, path);
    return uploads.presign(
      { method, path, ttlSeconds: body.ttl_seconds, storage },
      publicUrl ?? `${request.protocol}://${request.host}`,
      { signal },
    );
  };
  /** A node that says who it is by its address uploads to its own storage. */
  const asking = (principal: Principal | null) => {
    const aliases = principal?.nodes ?? [];
    const [alias] = aliases;
    const isOne = alias !== undefined && aliases.length === 1;
    return { aliases, storage: isOne ? storages.ofNode(alias).name : DEFAULT_STORAGE };
  };
  const demandNode = (alias: string, principal: Principal | null) => {
    if (principal?.nodes && !principal.nodes.includes(alias)) {
      throw new AppError('forbidden', `This address is for ${principal.nodes.join(', ')}, not for ${alias}.`);
    }
    if (!hasNode(alias)) throw new AppError('not_found', `There is no node ${alias}.`);
  };
  const demandOwn = async (aliases: readonly string[], path: string) => {
    const [alias] = aliases;
    if (alias === undefined) {
      const settledBy = await settledOwnerOf(database, clock, path);
      if (settledBy === null) return;
      throw new AppError(
        'forbidden',
        `${path} is media of a recording of ${settledBy} that ended long ago; it may not be written over. A node that may is one that uploads to its own address (/api/nodes/ALIAS).`,
      );
    }
    const owner = await otherOwnerOf(database, { places, isWatched: hasNode }, alias, path);
    if (owner === null || aliases.includes(owner)) return;
    throw new AppError(
      'forbidden',
      `${path} belongs to what ${owner} recorded; ${alias} may not write there. Give one of them a storage or a folder (auto_record.base_prefix) of its own.`,
    );
  };
  const ping = async (storage: string, { reply }: Pick<Call<'pingStorage'>, 'reply'>) => {
    await uploads.demandWritable(storage);
    return reply.type('text/plain; charset=utf-8').send('ok');
  };
  return {
    pingStorage: (call) => ping(asking(call.principal).storage, call),
    pingStorageByPath: (call) => ping(asking(call.principal).storage, call),
    presignObject: (call) => presign(asking(call.principal), call),
    presignObjectByPath: (call) => presign(asking(call.principal), call),
    pingNodeStorage: (call) => {
      const { alias } = call.params;
      demandNode(alias, call.principal);
      return ping(storages.ofNode(alias).name, call);
    },
    presignNodeObject: async (call) => {
      const { alias } = call.params;
      demandNode(alias, call.principal);
      return presign({ aliases: [alias], storage: storages.ofNode(alias).name }, call);
    },
    putSignedObject: async ({ params, query, reply, request, signal }) => {
      const call = { path: params['*'], storage: query.storage };
      await uploads.demandSigned({ ...call, method: 'PUT', expires: query.expires }, query.signature);
      const body = request.body === undefined ? Readable.from([]) : (request.body as Readable);
      await uploads.receive(call, body, announcedBytes(request), { signal });
      return reply.type('text/plain; charset=utf-8').send('');
    },
    getSignedObject: async ({ params, query, reply, request, signal }) => {
      const call = { path: params['*'], storage: query.storage };
      await uploads.demandSigned({ ...call, method: 'GET', expires: query.expires }, query.signature);
      const store = storages.find(call.storage)?.store ?? storages.default.store;
      return sendObject(request, reply, { store, path: call.path, signal });
    },
  };
}

/** Who may put recordings into the storage may not therefore read those of others. */
function demandReader(principal: Principal | null, path: string): void {
  const stream = parseRecordingPath(path)?.stream ?? '*';
  if (!principal || !mayRead(principal, stream)) {
    throw new AppError('forbidden', 'This credential may put objects into the storage, not read them.');
  }
}

function announcedBytes(request: FastifyRequest): number | null {
  const text = request.headers['content-length'];
  return text === undefined ? null : Number(text);
}
