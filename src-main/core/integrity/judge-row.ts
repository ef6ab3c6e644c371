import type { Track } from '../../../src-shared/model/segment.ts';
import { MS_PER_MINUTE, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { counted } from '../base/counted.ts';
import type { ObjectState } from '../db/tables.ts';
import { INIT_OVERWRITTEN } from '../segments/rewritten-tracks.ts';
import { OVERWRITTEN } from '../segments/session-store.ts';
import type { Problem } from './problem.ts';

/** A row of `segments` as it is checked. */
export interface CheckedRow {
  readonly id: string;
  readonly trackId: string;
  readonly track: Track;
  readonly stream: string;
  readonly nodeAlias: string;
  readonly seq: number;
  readonly path: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly state: ObjectState;
  readonly sizeBytes: number | null;
  readonly problem: string | null;
  /** Since it was stored. */
  readonly ageMs: number;
}

/** Reports overtake files, and files grow: younger rows are left alone. */
export const YOUNG_MS = MS_PER_MINUTE;
/** As of coverage: shorter pauses are none. */
const GAP_US = US_PER_SECOND;
/** Clocks of nodes are rounded, and durations lag by a frame. */
const OVERLAP_US = US_PER_SECOND / 5;

/** What is wrong with a row, given its object: null where there is none, `sizeBytes` null where it is not known. */
export function judgeRow(row: CheckedRow, object: { sizeBytes: number | null } | null): Problem | null {
  const { path, problem, sizeBytes, state } = row;
  // Of what was written over nothing is left; it is a gap, and nothing can be done about it.
  if (row.ageMs < YOUNG_MS || isOverwritten(row)) return null;
  if (!object) {
    return state === 'missing'
      ? problemOf(
          row,
          'missing-object',
          `${path} is not in storage. It is marked as missing, so playlists and clips have a gap there.`,
          'forget',
        )
      : problemOf(
          row,
          'missing-object',
          `${path} is not in storage, but the index counts on it. It was deleted, or never arrived.`,
          'mark-missing',
        );
  }
  if (state === 'missing') {
    return problemOf(row, 'returned-object', `${path} is in storage, but marked as missing.`, 're-examine');
  }
  if (sizeBytes !== null && object.sizeBytes !== null && object.sizeBytes !== sizeBytes) {
    const reason = `${path} has ${object.sizeBytes} bytes, the index says ${sizeBytes}. It was cut off or written again after it was examined.`;
    return problemOf(row, 'wrong-size', reason, 're-examine');
  }
  if (state === 'bad') {
    return problemOf(row, 'bad-object', problem ?? `${path} cannot be read as media.`, 're-examine');
  }
  return null;
}

/** Whether its file, or the init file that it needs, was written over by a later one. */
export function isOverwritten({ problem, state }: Pick<CheckedRow, 'problem' | 'state'>): boolean {
  return state === 'bad' && (problem === OVERWRITTEN || problem === INIT_OVERWRITTEN);
}

/** A row whose object is no media any more, as only reading it tells. */
export function badObject(row: CheckedRow, reason: string): Problem {
  const problem = problemOf(row, 'bad-object', `${row.path}: ${reason}`, 're-examine');
  return { ...problem, details: { ...problem.details, isDeep: true } };
}

/** Whether two neighbours of one track, in the order of time, overlap or leave time out. */
export function judgeNeighbours(before: CheckedRow, after: CheckedRow): Problem | null {
  const leftUs = after.startUs - before.endUs;
  const names = `${nameOf(before.path)} and ${nameOf(after.path)}`;
  if (leftUs > GAP_US) {
    return {
      ...problemOf(
        after,
        'gap',
        `${seconds(leftUs)} of ${before.track} are missing between ${names}. ${gapWords(before, after)}`,
        null,
      ),
      startUs: before.endUs,
      endUs: after.startUs,
    };
  }
  if (-leftUs > OVERLAP_US && before.state !== 'bad' && after.state !== 'bad') {
    const reason = `${names} cover ${seconds(-leftUs)} of ${before.track} twice: the clock of the node jumped back, or their times were estimated.`;
    return {
      ...problemOf(after, 'overlap', reason, null),
      startUs: after.startUs,
      endUs: Math.min(before.endUs, after.endUs),
    };
  }
  return null;
}

function gapWords(before: CheckedRow, after: CheckedRow): string {
  const lost = after.seq - before.seq - 1;
  if (lost > 0 && before.seq > 0)
    return `${counted(lost, 'segment')} between them ${lost === 1 ? 'is' : 'are'} neither in the index nor in storage.`;
  // What cannot be read covers no time.
  return before.state === 'bad'
    ? `${nameOf(before.path)} cannot be read, so it is not known how much of that it held.`
    : 'No number is missing, so nothing was recorded: the publisher paused, or packets were lost.';
}

function problemOf(
  row: CheckedRow,
  kind: Problem['kind'],
  reason: string,
  repair: Problem['repair'],
): Problem {
  const { endUs, id, nodeAlias, path, seq, startUs, stream, trackId } = row;
  const details = { segmentId: id, trackId, seq };
  return { kind, stream, nodeAlias, place: path, startUs, endUs, reason, repair, details };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function seconds(us: number): string {
  return `${(us / US_PER_SECOND).toFixed(us < 10 * US_PER_SECOND ? 1 : 0)} s`;
}
