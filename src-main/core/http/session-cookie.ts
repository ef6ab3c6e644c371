import type { FastifyReply } from 'fastify';

/** Cookie of a browser session. */
export const SESSION_COOKIE = 'liveman_session';

/** Not for scripts, not for other sites; over TLS never without it. */
function optionsFor(reply: FastifyReply) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: reply.request.protocol === 'https',
  } as const;
}

/** Gives the browser the value of its session. */
export function setSessionCookie(reply: FastifyReply, value: string): void {
  reply.setCookie(SESSION_COOKIE, value, optionsFor(reply));
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, optionsFor(reply));
}
