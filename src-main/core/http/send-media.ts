import type { ServerResponse } from 'node:http';
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
  /** Bytes `startByte` (inclusive) to `endByte` (exclusive); a chunk need be good only until the next is asked for. */
  open(startByte: number, endByte: number): AsyncIterable<Uint8Array>;
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
  if (request.method === 'HEAD') {
    // Fastify would tell the length of the body that it sends, which is none.
    writeHead(reply).end();
    return reply;
  }
  await sendChunks(reply, media.open(startByte, endByte), endByte - startByte);
  return reply;
}

/**
 * Sends chunk by chunk, each when the one before has left for the network: what the reader has sent can be used again,
 * and a slow client holds two chunks at most. What fails before the first chunk is answered in words; later all
 * that is left is to break the connection off.
 */
async function sendChunks(
  reply: FastifyReply,
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<void> {
  const { raw } = reply;
  let leftBytes = sizeBytes;
  try {
    for await (const chunk of chunks) {
      if (!raw.headersSent) writeHead(reply);
      leftBytes -= chunk.length;
      await written(raw, chunk, leftBytes === 0);
    }
    if (!raw.headersSent) reply.send('');
    else if (!raw.writableEnded) raw.end();
  } catch (error) {
    if (raw.headersSent) return void raw.destroy();
    for (const name of ['etag', 'accept-ranges', 'content-range']) reply.removeHeader(name);
    throw error;
  }
}

function writeHead(reply: FastifyReply): ServerResponse {
  reply.hijack();
  return reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
}

/** Resolves when the chunk has left for the network; the last ends the reply, which is quicker than an end of its own. */
function written(raw: ServerResponse, chunk: Uint8Array, isLast: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error('The client went away.'));
    if (raw.destroyed) return onClose();
    raw.once('close', onClose);
    const onWritten = (error?: Error | null) => {
      raw.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    if (isLast) raw.end(chunk, onWritten);
    else raw.write(chunk, onWritten);
  });
}

function matchesEtag(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  return header.split(',').some((entry) => {
    const candidate = entry.trim().replace(/^W\//, '');
    return candidate === etag || candidate === '*';
  });
}
