import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { isWallTime } from '../recordings/track-zero.ts';
import { checkObjectPath } from '../storage/object-path.ts';

/** A recording as its node lists it; times in microseconds since the epoch, by the clock of the node. */
export interface ListedRecording {
  readonly stream: string;
  /** Record id: unix seconds as text. */
  readonly record: string;
  /** Folder of its objects, relative to the storage root. */
  readonly dir: string;
  readonly startUs: number;
  /** Null while the node does not know it. */
  readonly endUs: number | null;
  readonly status: 'active' | 'completed' | 'failed';
}

/** One answer of `GET /api/recordings`. */
export interface ListPage {
  readonly recordings: readonly ListedRecording[];
  /** Entries in the answer, those that cannot be used included. */
  readonly count: number;
  /** Time of the last change in it; null where nothing is listed. */
  readonly lastUs: number | null;
  /** Entries that cannot be used, in words. */
  readonly problems: readonly string[];
}

const MAX_PAGE = 100_000;
const STATUSES = { Active: 'active', Completed: 'completed', Failed: 'failed' } as const;

/** Where the next page begins. */
export interface PageRequest {
  /** Changes at this instant and later are wanted, microseconds; null for all. */
  readonly cursorUs: number | null;
  readonly limit: number;
}

/** The path of a page. A node lists what changed strictly after `since_ts`, so one less makes it inclusive. */
export function pagePath({ cursorUs, limit }: PageRequest): string {
  return `/api/recordings?limit=${limit}${cursorUs === null ? '' : `&since_ts=${Math.max(0, cursorUs - 1)}`}`;
}

/**
 * What to ask for after a page; null when it was the last.
 *
 * Entries of one microsecond may stand on both sides of a cut, so the next page begins with that microsecond again.
 * Where a page holds no other, a larger one is asked for.
 */
export function nextPage(asked: PageRequest, page: ListPage, usualLimit: number): PageRequest | null {
  const { lastUs, count } = page;
  if (lastUs === null || count < asked.limit) return null;
  if (asked.cursorUs === null || lastUs > asked.cursorUs) return { cursorUs: lastUs, limit: usualLimit };
  if (asked.limit >= MAX_PAGE) return { cursorUs: asked.cursorUs + 1, limit: usualLimit };
  return { cursorUs: asked.cursorUs, limit: Math.min(asked.limit * 2, MAX_PAGE) };
}

/**
 * Reads an answer of `GET /api/recordings`. Throws TypeError when it is none; single bad entries are left out.
 *
 * Of `GET /api/records/pull` too, whose entries have no id: they get the second of their start.
 */
export function parseListPage(json: unknown): ListPage {
  const page = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  if (!Array.isArray(page.sessions)) throw new TypeError('expected a list of recordings');
  const recordings: ListedRecording[] = [];
  const problems: string[] = [];
  for (const entry of page.sessions) {
    try {
      recordings.push(recordingOf(entry));
    } catch (error) {
      problems.push(`An entry of the list of recordings cannot be used: ${(error as Error).message}`);
    }
  }
  const { last_ts: lastUs } = page;
  return { recordings, count: page.sessions.length, lastUs: isTime(lastUs) ? lastUs : null, problems };
}

/** An entry of a node's list. Throws TypeError, and bad_request for a path that is none, where it cannot be used. */
export function recordingOf(json: unknown): ListedRecording {
  const entry = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const { stream, start_ts: startUs, end_ts: endUs, mpd_path: mpdPath } = entry;
  const id =
    entry.id === undefined && isTime(startUs) ? String(Math.floor(startUs / US_PER_SECOND)) : entry.id;
  const status = STATUSES[entry.status as keyof typeof STATUSES];
  if (typeof stream !== 'string' || stream === '') throw new TypeError('it names no stream.');
  if (typeof id !== 'string' || id === '') throw new TypeError(`one of ${stream} has no id.`);
  if (stream.includes('\0') || id.includes('\0'))
    throw new TypeError('its stream or id holds a NUL character.');
  if (!isTime(startUs)) throw new TypeError(`${stream}/${id} has no start.`);
  if (status === undefined) throw new TypeError(`${stream}/${id} has the unknown status ${entry.status}.`);
  const path = checkObjectPath(typeof mpdPath === 'string' ? mpdPath : '');
  const slash = path.lastIndexOf('/');
  if (slash < 0) throw new TypeError(`${stream}/${id} has no folder.`);
  return {
    stream,
    record: id,
    dir: path.slice(0, slash),
    startUs: isWallTime(startUs) ? startUs : startOf(id),
    endUs: isTime(endUs) && isWallTime(endUs) ? endUs : null,
    status,
  };
}

/** What a record id tells of the start, where the time that is listed cannot be one. */
function startOf(id: string): number {
  const startUs = /^\d{10}$/.test(id) ? Number(id) * US_PER_SECOND : 0;
  if (!isWallTime(startUs))
    throw new TypeError(`the recording ${id} has a start that is no time of this century.`);
  return startUs;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
