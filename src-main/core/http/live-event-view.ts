import type { LiveEventName, LiveEvents } from '../../../src-shared/contract/events.ts';
import type { Alert } from '../../../src-shared/model/alert.ts';
import type { AlertMute } from '../../../src-shared/model/alert-mute.ts';
import { isAdmin, isUnlimited, mayRead, maySee, maySeeAll, type Principal } from './principal.ts';

type View<N extends LiveEventName> = (principal: Principal, data: LiveEvents[N]) => LiveEvents[N] | null;

/** What who may see only some streams is shown of each event. Names of what went away tell nothing new. */
const VIEWS: { readonly [N in LiveEventName]?: View<N> } = {
  nodes: (_, data) => data,
  status: (_, data) => data,
  streams: (principal, { changed, removed }) => ({
    changed: changed.filter((stream) => maySee(principal, stream.id)),
    removed: removed.filter((id) => maySee(principal, id)),
  }),
  coverage: (principal, spans) => listOrNull(spans.filter((span) => mayRead(principal, span.stream))),
  lost: (principal, spans) => listOrNull(spans.filter((span) => mayRead(principal, span.stream))),
  exports: (principal, { changed, removed }) => ({
    changed: changed.filter((job) => mayRead(principal, job.stream)),
    removed,
  }),
  alerts: (principal, alerts) => listOrNull(alerts.filter((alert) => maySeeAlert(principal, alert))),
  // The whole list each time: without any, it is empty.
  mutes: (principal, mutes) => mutes.filter((mute) => maySeeMute(principal, mute)),
  bookmarks: (principal, { changed, removed }) => ({
    changed: changed.filter(({ stream }) => stream === null || mayRead(principal, stream)),
    removed,
  }),
  cascades: (principal, relays) => relays.filter((relay) => maySee(principal, relay.stream)),
};

/**
 * What a caller may see of a live event: all, a part, or null for nothing. Events that nothing is said about here go
 * to those only who administer or see all.
 */
export function visibleEvent<N extends LiveEventName>(
  principal: Principal | null,
  name: N,
  data: LiveEvents[N],
): LiveEvents[N] | null {
  if (!principal) return null;
  if (maySeeAll(principal) && (mayRead(principal, '*') || !NEEDS_READ.has(name))) return data;
  const view = VIEWS[name] as View<N> | undefined;
  if (view) return view(principal, data);
  return isAdmin(principal) && isUnlimited(principal) ? data : null;
}

/** Events about recordings. */
const NEEDS_READ: ReadonlySet<LiveEventName> = new Set(['coverage', 'lost', 'exports', 'bookmarks']);

/** Whether an alert is about something the principal may know of. */
export function maySeeAlert(principal: Principal | null, { object }: Alert): boolean {
  return maySeeAll(principal) || (object.kind === 'stream' && maySee(principal, object.name));
}

/** Whether a mute is about something the principal may know of; one of a whole kind names nothing. */
export function maySeeMute(principal: Principal | null, { object }: Pick<AlertMute, 'object'>): boolean {
  if (object === null || maySeeAll(principal)) return true;
  return object.kind === 'stream' && maySee(principal, object.name);
}

function listOrNull<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null;
}
