import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../base/errors.ts';
import { type CallOptions, type ObjectStore, openObject } from '../storage/object-store.ts';
import { canPresign } from '../storage/presigning.ts';
import { sendMedia } from './send-media.ts';

/** An object changes only when a recording is overwritten; the ETag tells. */
const REVALIDATED = 'private, no-cache';

/** Answers with a stored object, byte for byte. Throws object_missing, storage_unavailable. */
export async function sendObject(
  request: FastifyRequest,
  reply: FastifyReply,
  { node, path, signal, store }: { store: ObjectStore; path: string; node?: string; signal: AbortSignal },
): Promise<FastifyReply> {
  const { headers, method } = request;
  const isReadNext =
    method === 'GET' && headers.range === undefined && headers['if-none-match'] === undefined;
  const object = await openObject(store, path, { signal, node, isReadNext });
  if (!object) throw new AppError('object_missing', `Segment not found: storage does not have ${path}.`);
  const { etag, sizeBytes } = object.info;
  try {
    return await sendMedia(request, reply, {
      sizeBytes,
      etag: etag.replaceAll('"', ''),
      contentType: objectType(path),
      cacheControl: path.endsWith('.mpd') ? 'no-cache' : REVALIDATED,
      open: (startByte, endByte) => object.chunks(startByte, endByte - startByte),
    });
  } finally {
    await object.close();
  }
}

/**
 * A URL of the storage's own service for an object that is there, or null: manifests are always served from here,
 * a folder has no such URL, and where signing fails the bytes do as well.
 */
export async function redirectOf(
  store: ObjectStore,
  path: string,
  ttlSeconds: number,
  options: CallOptions,
): Promise<string | null> {
  if (path.endsWith('.mpd') || !canPresign(store)) return null;
  try {
    const request = { method: 'GET', path, ttlSeconds, contentType: objectType(path) } as const;
    return (await store.presign(request, options)).url;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** Types by name; nodes call their audio files `a_…` and `audio_…`. */
function objectType(path: string): string {
  if (path.endsWith('.mpd')) return 'application/dash+xml';
  if (!/\.(m4s|mp4)$/.test(path)) return 'application/octet-stream';
  return /(^|\/)(a|audio)_[^/]*$/.test(path) ? 'audio/mp4' : 'video/mp4';
}
