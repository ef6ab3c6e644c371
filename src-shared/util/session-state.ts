import type { Session } from '../model/node-json.ts';

/** Whether a session is there now; today's nodes keep closed ones in the list for 30 s. */
export function isOpenSession(session: Session): boolean {
  return session.state !== 'closed' && session.leaveAt === 0;
}

const LOST_STATES = new Set(['disconnected', 'failed']);

/** Whether a session is there and not lost: today's nodes list a viewer that vanished, as disconnected, for good. */
export function isPresent(session: Session): boolean {
  return isOpenSession(session) && !LOST_STATES.has(session.state);
}
