import type { Alert } from '../model/alert.ts';
import type { AlertMute } from '../model/alert-mute.ts';
import type { Bookmark } from '../model/bookmark.ts';
import type { ExportJob } from '../model/export-job.ts';
import type { IntegrityRun } from '../model/integrity.ts';
import type { ManagerView } from '../model/manager-view.ts';
import type { NodeView } from '../model/node-view.ts';
import type { StreamView } from '../model/stream-view.ts';
import type { SystemStatus } from '../model/system-status.ts';
import type { CascadeView } from './cascade-routes.ts';

/**
 * Messages of `GET /api/events`: the SSE `event:` name and the JSON of its `data:`.
 *
 * Changes are gathered and sent about once a second per name, alerts and what other managers change sooner. After a
 * (re)connect a client reads `/api/cluster`, `/api/status`, `/api/exports`, `/api/alerts`, `/api/alert-mutes`,
 * `/api/cascades`, `/api/managers` and `/api/bookmarks` once; then the messages keep it right.
 */
export interface LiveEvents {
  /** Nodes that changed or went away (`removed`: aliases). */
  nodes: { changed: NodeView[]; removed: string[] };
  /** Streams that changed or went away (`removed`: ids). */
  streams: { changed: StreamView[]; removed: string[] };
  /** Recorded time that came in, per stream: the span that must be read again. */
  coverage: { stream: string; startUs: number; endUs: number }[];
  /** Spans with recorded objects that were found gone from storage. */
  lost: { stream: string; startUs: number; endUs: number }[];
  /** Exports that changed or were taken off the list (`removed`: ids). */
  exports: { changed: ExportJob[]; removed: string[] };
  /** Alerts that opened, changed or closed. */
  alerts: Alert[];
  /** All mutes of alerts, whenever one came or went. */
  mutes: AlertMute[];
  /** All relays, whenever one changed. */
  cascades: CascadeView[];
  /** Bookmarks that were made, changed or removed (`removed`: ids). */
  bookmarks: { changed: Bookmark[]; removed: string[] };
  /** The rules of retention changed, or a removal began or ended. */
  retention: { atMs: number };
  /** All managers on the database, whenever one came, left, or took or laid down a duty. */
  managers: ManagerView[];
  /** The check of the index, about once a second while it runs. */
  integrity: IntegrityRun;
  status: SystemStatus;
}

export type LiveEventName = keyof LiveEvents;

export const LIVE_EVENT_NAMES = [
  'nodes',
  'streams',
  'coverage',
  'lost',
  'exports',
  'alerts',
  'mutes',
  'cascades',
  'bookmarks',
  'retention',
  'managers',
  'integrity',
  'status',
] as const satisfies readonly LiveEventName[];
