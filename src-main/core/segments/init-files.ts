import { sql } from 'kysely';
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

/** Stores what the init file says; segments that were given up for want of it count as pending again. */
export async function takeUp({ db }: Database, track: TrackContext, init: InitSegment): Promise<void> {
  await saveInit(db, track.trackId, { state: 'ok', init, problem: null });
  if (track.initState !== 'pending') await reviveFailed(db, track, givenUp(track.initPath));
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
  const { rows } = await sql<{ is_same: boolean }>`
    select codec is null or (codec = ${init.codecString} and timescale = ${init.timescale}) as is_same
    from tracks where id = ${trackId}
  `.execute(database.db);
  if (!rows[0]?.is_same) return false;
  await takeUp(database, track, init);
  return true;
}
