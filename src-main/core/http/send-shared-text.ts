import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SharedText } from '../nodes/shared-text.ts';

/**
 * Sends JSON that many readers share: packed to those who take that, nothing to those who have it already
 * (If-None-Match).
 */
export async function sendSharedText(
  request: FastifyRequest,
  reply: FastifyReply,
  text: SharedText,
): Promise<FastifyReply> {
  const { 'accept-encoding': accepted, 'if-none-match': known } = request.headers;
  const isPackable = acceptsGzip(accepted);
  const isKnown = known !== undefined && isListed(known, text.read().tag);
  const state = isKnown ? text.read() : await read(text, isPackable);
  reply.headers({
    'cache-control': 'private, no-cache',
    etag: `W/"${state.tag}"`,
    vary: 'accept-encoding',
  });
  if (known !== undefined && isListed(known, state.tag)) return reply.status(304).send();
  if (state.isPacked) reply.header('content-encoding', 'gzip');
  return reply.type('application/json; charset=utf-8').send(state.bytes);
}

function read(text: SharedText, isPackable: boolean) {
  return isPackable ? text.readPacked() : text.read();
}

/** Whether If-None-Match names the tag; packed or not makes no difference to it. */
function isListed(known: string, tag: string): boolean {
  return known.split(',').some((entry) => {
    const text = entry.trim();
    return text === '*' || text === `W/"${tag}"` || text === `"${tag}"`;
  });
}

/** Whether Accept-Encoding allows gzip: named, or by `*`, and not with a weight of 0. */
export function acceptsGzip(accepted: string | string[] | undefined): boolean {
  const entries = [accepted ?? []].flat().join(',').toLowerCase().split(',');
  const weights = new Map(
    entries.map((entry) => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, weight === undefined ? 1 : Number(weight)];
    }),
  );
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}
