import type { Database } from '../db/database.ts';
import type { InitSegment } from '../media/init-segment.ts';
import { failPending, loadTrack, reviveFailed, saveInit, type TrackContext } from './analysis-store.ts';
import type { InitOutcome } from './read-media.ts';

/** What happens to a track whose init file is not to be had, and to its segments. */

type UnusableInit = Exclude<InitOutcome, { state: 'ok' }>;

/** Of segments that were not examined for want of their init file. */
const givenUp = (initPath: string) => `Its init file ${initPath} is missing or cannot be read.`;

/** Gives up what is pending of a track; see `takeUp`. */
export function giveUpPending({ db }: Database, track: TrackContext): Promise<void> {
  return failPending(db, track, givenUp(track.initPath));
}

/**
 * Takes the init file for that of the track: stores what it says, where none was read before; segments that were given
 * up for want of it count as pending again.
 */
export async function takeUp({ db }: Database, track: TrackContext, init: InitSegment): Promise<void> {
  const isFirst = track.entryType === null;
  await saveInit(db, track.trackId, { state: 'ok', ...(isFirst && { init }), problem: init.problem });
  if (track.initState !== 'pending') await reviveFailed(db, track, givenUp(track.initPath));
}

/** What of a track tells which init files decode it; null before one was read. */
export interface Coding {
  readonly entryType: string | null;
  readonly timescale: number | null;
}

/**
 * Whether segments of a track can be decoded with this init file. Recorders put the parameters of a codec into the
 * pictures too, so it may be one that another run of the same codec wrote.
 */
export function decodes(init: InitSegment, { entryType, timescale }: Coding): boolean {
  return entryType === null || (entryType === init.entryType && timescale === init.timescale);
}

/** An init file in the place of one that the track could be decoded with. */
export function foreignInit(
  initPath: string,
  { codecString }: InitSegment,
): Extract<InitOutcome, { state: 'bad' }> {
  return {
    state: 'bad',
    problem: `The init file ${initPath} is of another codec (${codecString}) than the segments of its track, so nothing decodes them.`,
  };
}

/** Notes that the init file of a track cannot be used; answers why, in words. Its segments stay as they are. */
export async function giveUpInit(
  { db }: Database,
  { id, initPath }: { id: string; initPath: string },
  outcome: UnusableInit,
): Promise<string> {
  const problem =
    outcome.state === 'bad'
      ? outcome.problem
      : `The init file ${initPath} is not in storage, so nothing decodes its track.`;
  await saveInit(db, id, { state: outcome.state, problem });
  return problem;
}

/** Takes up a track whose init file is there again; false where that is one of another codec. */
export async function bringBackInit(
  database: Database,
  trackId: string,
  init: InitSegment,
): Promise<boolean> {
  const track = await loadTrack(database.db, trackId);
  if (!track || track.initState === 'ok') return track !== null;
  if (!decodes(init, track)) return false;
  await takeUp(database, track, init);
  return true;
}
