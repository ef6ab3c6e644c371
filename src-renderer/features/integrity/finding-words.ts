import {
  FINDING_KINDS,
  type FindingKind,
  type FindingRepair,
  type IntegrityRun,
} from '../../../src-shared/model/integrity.ts';
import { formatCount, formatCounted } from '../../format/numbers.ts';

/** Kinds of findings, as a column and a filter name them. */
export const KIND_WORDS: Readonly<Record<FindingKind, string>> = {
  'storage-away': 'Storage away',
  'missing-object': 'File missing',
  'returned-object': 'File came back',
  'wrong-size': 'Wrong size',
  'bad-object': 'Unreadable',
  'unindexed-objects': 'Not in the index',
  overlap: 'Overlap',
  gap: 'Gap',
  'wrong-recording': 'Wrong sums',
  'wrong-totals': 'Wrong totals',
  'wrong-coverage': 'Wrong coverage',
};

/** What a repair does: the verb of its button, and what follows from it. */
export const REPAIR_WORDS: Readonly<Record<FindingRepair, { verb: string; effect: string }>> = {
  'mark-missing': {
    verb: 'Mark as missing',
    effect:
      'Playlists and clips get a gap there instead of an error. Should the file come back, it is played again.',
  },
  forget: {
    verb: 'Forget the row',
    effect:
      'The row goes, and with it the recorded time on the timeline. Nothing shows any more that it was recorded.',
  },
  're-examine': { verb: 'Examine again', effect: 'The file is read and the row is put right.' },
  index: {
    verb: 'Put into the index',
    effect: 'The segment files get rows with repaired times, and can be played.',
  },
  recount: { verb: 'Count again', effect: 'What is kept is set to what a recount gives.' },
};

/** How bad it is: `bad`, something cannot be played; `warn`, something is wrong; `idle`, it was recorded so. */
export function toneOf(kind: FindingKind): 'bad' | 'warn' | 'idle' {
  if (kind === 'storage-away' || kind === 'missing-object' || kind === 'bad-object') return 'bad';
  return kind === 'gap' || kind === 'overlap' ? 'idle' : 'warn';
}

export function parseKind(text: string | null | undefined): FindingKind | null {
  return FINDING_KINDS.find((kind) => kind === text) ?? null;
}

const PHASE_WORDS: Readonly<Record<IntegrityRun['phase'], string>> = {
  recordings: 'Holding rows against their files',
  objects: 'Looking for files without a row',
  totals: 'Counting totals and coverage again',
};

/** What a run is doing, or came to. */
export function runWords(run: IntegrityRun): string {
  const { foundCount, objectCount, phase, problem, repairedCount, segmentCount, state } = run;
  const looked = `${formatCounted(segmentCount, 'segment')} and ${formatCounted(objectCount, 'file')}`;
  const found = `${formatCounted(foundCount, 'finding')}${repairedCount > 0 ? `, ${formatCount(repairedCount)} repaired` : ''}`;
  if (state === 'running') return `${PHASE_WORDS[phase]}: ${looked} so far, ${found}`;
  if (state === 'paused') return `${looked} checked, it goes on at night: ${found}`;
  if (state === 'failed') return `The check failed: ${problem ?? 'for an unknown reason'}`;
  if (state === 'cancelled') return `The check was cancelled after ${looked}: ${found}`;
  return `${looked} checked: ${found}`;
}

/** 0 to 1 while rows are held against their objects; null where the end is not known. */
export function runRatio({ phase, segmentCount, segmentsInAll }: IntegrityRun): number | null {
  if (phase !== 'recordings' || !segmentsInAll) return null;
  return Math.min(1, segmentCount / segmentsInAll);
}
