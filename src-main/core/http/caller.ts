import type { FastifyRequest } from 'fastify';
import type { Caller } from './authenticator.ts';

/** Where a request comes from, for lists and logs. */
export function callerOf(request: FastifyRequest): Caller {
  return { address: request.ip ?? null, userAgent: request.headers['user-agent'] ?? null };
}
