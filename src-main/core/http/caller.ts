import type { FastifyRequest } from 'fastify';
import type { Caller } from './authenticator.ts';

/** Where a request comes from, for lists and logs; the address is empty where the connection is gone already. */
export function callerOf(request: FastifyRequest): Caller {
  return { address: request.ip ?? '', userAgent: request.headers['user-agent'] ?? null };
}
