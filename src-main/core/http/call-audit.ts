import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteAudit } from '../../../src-shared/contract/route.ts';
import { MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import { type AuditSink, outcomeOf } from '../audit/audit-note.ts';
import { callerOf } from './caller.ts';

/** A player that asked for nothing this long has ended; who comes back later begins a new entry. */
const PLAYER_QUIET_MS = 10 * MS_PER_MINUTE;
/** Refused callers may try as often as they like, and shall not fill the log. */
const REFUSED_QUIET_MS = MS_PER_MINUTE;

/** What a handler may add to the entry of its call. */
export interface CallAudit {
  /** Names the object, where the path alone does not. */
  object(name: string): void;
  /** Adds a fact; never a secret. */
  detail(key: string, value: unknown): void;
}

export const NO_AUDIT: CallAudit = { object: () => {}, detail: () => {} };

/** What the path says the call is about; a secret in it is nobody's to read. */
function namesIn(params: unknown): string {
  const named = Object.entries((params ?? {}) as Record<string, string>);
  return named
    .filter(([key]) => key !== 'secret')
    .map(([, value]) => value)
    .join(' / ');
}

/** Keeps a call once its reply has been sent or the caller has gone. */
export function auditCall(
  audit: RouteAudit,
  { nowMs, sink }: { sink: AuditSink; nowMs: () => number },
  request: FastifyRequest,
  reply: FastifyReply,
): CallAudit {
  const { action, isContinuous } = typeof audit === 'string' ? { action: audit, isContinuous: false } : audit;
  const atMs = nowMs();
  // At once: a socket that is gone no longer tells whose it was.
  const caller = callerOf(request);
  const details: Record<string, unknown> = {};
  let object: string | undefined;
  reply.raw.once('close', () => {
    const { principal } = request;
    const { statusCode } = reply.raw;
    const outcome = outcomeOf(statusCode);
    // Which names were tried is worth an entry each; how many can be tried is limited elsewhere.
    const isLogin = action === 'log in' && statusCode === 401;
    if (!reply.raw.writableFinished) details.isCutOff = true;
    sink.note({
      atMs,
      who: principal?.name ?? '',
      credential: principal?.via ?? 'none',
      session: principal?.key ?? null,
      action,
      object: object ?? namesIn(request.params),
      outcome,
      status: statusCode,
      ...caller,
      details,
      ...(isContinuous ? { mergeWithinMs: PLAYER_QUIET_MS } : {}),
      ...(outcome === 'refused' ? { mergeWithinMs: REFUSED_QUIET_MS } : {}),
      ...(outcome === 'refused' && !principal && !isLogin ? { isOfNobody: true } : {}),
    });
  });
  return {
    object: (name) => {
      object = name;
    },
    detail: (key, value) => {
      details[key] = value;
    },
  };
}
