import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../base/errors.ts';
import { parseByteRange } from './byte-range.ts';

/** Something of known size whose bytes can be had in any range. */
export interface Representation {
  readonly sizeBytes: number;
  /** Strong validator without quotes. */
  readonly etag: string;
  readonly contentType: string;
  /** Value of Cache-Control. */
  readonly cacheControl: string;
  /** Bytes `startByte` (inclusive) to `endByte` (exclusive). */
  open(startByte: number, endByte: number): Readable | Promise<Readable>;
}

/** Answers with a representation: Range, If-Range, If-None-Match and HEAD as RFC 9110 says, nothing buffered. */
export async function sendMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  media: Representation,
): Promise<FastifyReply> {
  const etag = `"${media.etag}"`;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', media.cacheControl)
    .header('x-content-type-options', 'nosniff')
    .type(media.contentType);
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.status(304).send();

  const ifRange = request.headers['if-range'];
  const isRangeWanted = ifRange === undefined || ifRange === etag;
  const range = parseByteRange(isRangeWanted ? request.headers.range : undefined, media.sizeBytes);
  if (range.kind === 'unsatisfiable') {
    reply.header('content-range', `bytes */${media.sizeBytes}`);
    throw new AppError('range_not_satisfiable', `The object has ${media.sizeBytes} bytes.`);
  }
  const [startByte, endByte] =
    range.kind === 'part' ? [range.startByte, range.endByte] : [0, media.sizeBytes];
  if (range.kind === 'part') {
    reply.status(206).header('content-range', `bytes ${startByte}-${endByte - 1}/${media.sizeBytes}`);
  }
  reply.header('content-length', endByte - startByte);
  if (request.method === 'HEAD') return reply.send();
  return reply.send(await media.open(startByte, endByte));
}

function matchesEtag(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  return header.split(',').some((entry) => {
    const candidate = entry.trim().replace(/^W\//, '');
    return candidate === etag || candidate === '*';
  });
}
