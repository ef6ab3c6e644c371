import type { AlertKind } from '../../../src-shared/model/alert.ts';
import type { GapKind, RecordingGap } from '../../../src-shared/model/recording-gap.ts';

/** A segment next to a gap, with the state of its recording. */
export interface GapNeighbour {
  readonly recordingId: string;
  readonly node: string;
  /** 0 where the name has no number. */
  readonly seq: number;
  readonly status: 'active' | 'completed' | 'failed' | 'unknown';
}

/** Trouble at the time of the gap that may have caused it. */
export interface GapTrouble {
  readonly kind: AlertKind;
  readonly objectName: string;
}

export interface GapEvidence {
  readonly before: GapNeighbour | null;
  /** Null while nothing was recorded since. */
  readonly after: GapNeighbour | null;
  readonly troubles: readonly GapTrouble[];
}

/** Kinds of alerts that explain a gap. */
export const GAP_ALERTS = [
  'node-down',
  'stream-gone',
  'recording-stalled',
  'storage-trouble',
  'disk-nearly-full',
] as const satisfies readonly AlertKind[];

/**
 * Why a stream has no recorded time, as far as it is known: what is certain from the files first, then what was
 * noticed at that time, then how the recordings lie.
 */
export function gapReason({
  after,
  before,
  troubles,
}: GapEvidence): Pick<RecordingGap, 'kind' | 'label' | 'text'> {
  const isSame = before !== null && before.recordingId === after?.recordingId;
  const lostCount = isSame && before.seq > 0 && after.seq > 0 ? after.seq - before.seq - 1 : 0;
  if (before && after && lostCount > 0) {
    const numbers =
      lostCount === 1 ? `number ${before.seq + 1}` : `numbers ${before.seq + 1} to ${after.seq - 1}`;
    const what = lostCount === 1 ? '1 segment' : `${lostCount} segments`;
    return reason(
      'segments-missing',
      `${what} missing`,
      `${what} of the recording on ${before.node} never came to the index (${numbers}).`,
    );
  }
  const noticed = fromTroubles(before, troubles);
  if (noticed) return noticed;
  if (isSame) {
    return reason(
      'nothing-sent',
      'nothing sent',
      `The recording on ${before.node} went on, but nothing came from the publisher.`,
    );
  }
  if (before?.status === 'failed') {
    return reason('recording-failed', 'recording failed', `The recording on ${before.node} failed.`);
  }
  if (!after) {
    const where = before ? ` on ${before.node}` : '';
    return reason('not-recorded', 'recording ended', `The recording${where} ended, and no other has begun.`);
  }
  const next =
    before && before.node !== after.node ? `, the next one on ${after.node}` : ', and the next one';
  const where = before ? ` on ${before.node}` : '';
  return reason('not-recorded', 'recording ended', `The recording${where} ended${next} began later.`);
}

function fromTroubles(
  before: GapNeighbour | null,
  troubles: readonly GapTrouble[],
): Pick<RecordingGap, 'kind' | 'label' | 'text'> | null {
  const has = (kind: AlertKind) => troubles.find((trouble) => trouble.kind === kind);
  const down = troubles.find(({ kind, objectName }) => kind === 'node-down' && objectName === before?.node);
  if (down) return reason('node-down', 'node down', `The node ${down.objectName} was down.`);
  if (has('stream-gone')) return reason('publisher-left', 'publisher left', 'The publisher left.');
  if (has('recording-stalled')) {
    return reason('recorder-stalled', 'recorder stalled', 'The recorder wrote nothing.');
  }
  const storage = has('storage-trouble');
  if (storage) {
    return reason('storage-trouble', 'storage away', `The storage ${storage.objectName} could not be used.`);
  }
  const full = has('disk-nearly-full');
  return full
    ? reason('storage-trouble', 'disk full', `The disk of ${full.objectName} was nearly full.`)
    : null;
}

function reason(kind: GapKind, label: string, text: string): Pick<RecordingGap, 'kind' | 'label' | 'text'> {
  return { kind, label, text };
}
