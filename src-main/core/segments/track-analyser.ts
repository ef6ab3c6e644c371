import { MS_PER_SECOND, ticksToUs, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import type { Database } from '../db/database.ts';
import type { AnalysisCarry } from '../media/repair.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  type ExaminedRow,
  lateComers,
  loadTrack,
  nextInOrder,
  type RowToExamine,
  rowsBySeq,
  saveExamined,
  type TrackContext,
} from './analysis-store.ts';
import { type ExaminedTrack, examineSegment } from './examine-segment.ts';
import { decodes, foreignInit, giveUpInit, giveUpPending, takeUp } from './init-files.ts';
import { readInit } from './read-media.ts';
import { carryBehind, rebuildCarry } from './rebuild-carry.ts';
import { inTransaction } from './stream-lock.ts';

/** A report may overtake the file: so long a file may be missing or incomplete before that is believed. */
export const FILE_PATIENCE_MS = 30 * MS_PER_SECOND;
/** Segments per turn: bounds what is held in memory and how long others wait for the track. */
const ROWS_PER_TURN = 8;
/** Further ahead than this a player's segments are not waited for but anchored at their stored time. */
const CHAIN_REACH = 30;
/** How far an anchored segment's stored time may be from where its row says it is. */
const ANCHOR_TOLERANCE_US = 5 * US_PER_SECOND;

/** `unusable`: the init file is not there or makes no sense; its segments are bad until it does. */
export type TurnOutcome = 'done' | 'more' | 'wait' | 'unusable';

/** What a turn examined, for those that follow up. */
export interface TurnReport {
  outcome: TurnOutcome;
  track: TrackContext | null;
  /** Numbers of the segments that were found good. */
  seqs: number[];
}

interface Examined {
  row: ExaminedRow;
  carry: AnalysisCarry | null;
}

/** Examines the segments of one track at a time; several tracks may be examined at once. */
export class TrackAnalyser {
  readonly #mutex = new KeyedMutex();

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  /**
   * Goes on with a track: some late-comers, then some segments in file order.
   *
   * `wait`: a file is not there yet. Throws storage_unavailable, database_unavailable.
   */
  turn(trackId: string, signal: AbortSignal): Promise<TurnReport> {
    return this.#mutex.run(trackId, null, async () => {
      const track = await loadTrack(this.database.db, trackId);
      if (track === null) return { outcome: 'done', track, seqs: [] };
      const media = await this.#prepare(track, signal);
      if (media === 'wait' || media === 'unusable') {
        return { outcome: media, track, seqs: [] };
      }
      const late = await this.#late(track, media, signal);
      const chain = await this.#chain(track, media, signal);
      const isMore = late.isMore || chain.isMore;
      const isWaiting = late.isWaiting || chain.isWaiting;
      const outcome = isMore ? 'more' : isWaiting ? 'wait' : 'done';
      return { outcome, track, seqs: [...late.seqs, ...chain.seqs] };
    });
  }

  /**
   * Examines the segments with these numbers for someone who waits.
   *
   * Goes on in file order when they are near; else each run of them starts afresh at its stored decode time, as
   * long as that agrees with its row. One pass: what is not there yet stays pending.
   */
  async wanted(trackId: string, seqs: readonly number[], signal: AbortSignal): Promise<TurnReport> {
    const first = Math.min(...seqs);
    const last = Math.max(...seqs);
    let report: TurnReport = { outcome: 'more', track: null, seqs: [] };
    const all: number[] = [];
    let mayAnchor = true;
    for (;;) {
      const track = await loadTrack(this.database.db, trackId);
      if (track === null) return { outcome: 'done', track, seqs: all };
      if (mayAnchor && first - track.analysedSeq > CHAIN_REACH) {
        if (await this.#anchored(track, seqs, all, signal)) return { outcome: 'done', track, seqs: all };
        mayAnchor = false;
      }
      if (report.outcome !== 'more' || (report.track !== null && track.analysedSeq >= last)) break;
      report = await this.turn(trackId, signal);
      all.push(...report.seqs);
      if (report.track === null) break;
    }
    // A file that is not there yet must not hold back those behind it.
    if (report.outcome === 'wait' && report.track !== null) {
      await this.#anchored(report.track, seqs, all, signal);
    }
    return { ...report, seqs: all };
  }

  /** The init file, read when it was not yet or not to be had; with it segments that were given up count again. */
  async #prepare(track: TrackContext, signal: AbortSignal): Promise<ExaminedTrack | 'wait' | 'unusable'> {
    if (track.initState === 'ok' && track.timescale !== null) {
      return { kind: track.track, timescale: track.timescale };
    }
    const read = await readInit(this.store, track.initPath, { signal, node: track.nodeAlias });
    const isForeign = read.state === 'ok' && !decodes(read.init, track);
    const outcome = isForeign ? foreignInit(track.initPath, read.init) : read;
    if (outcome.state === 'ok') {
      await takeUp(this.database, track, outcome.init);
      return { kind: track.track, timescale: outcome.init.timescale };
    }
    if (track.initState === 'pending') {
      if (await this.#isYoung(track)) return 'wait';
      await giveUpInit(this.database, { id: track.trackId, initPath: track.initPath }, outcome);
    }
    await giveUpPending(this.database, track);
    return 'unusable';
  }

  /** Whether a pending row of the track is so new that files may still come. */
  async #isYoung(track: TrackContext): Promise<boolean> {
    const rows = [
      ...(await lateComers(this.database.db, track, 1)),
      ...(await nextInOrder(this.database.db, track, 1)),
    ];
    return rows.some((row) => row.ageMs < FILE_PATIENCE_MS);
  }

  async #late(track: TrackContext, media: ExaminedTrack, signal: AbortSignal) {
    const rows = await lateComers(this.database.db, track, ROWS_PER_TURN);
    const examined: ExaminedRow[] = [];
    let isWaiting = false;
    for (const row of rows) {
      const before = await carryBehind(this.database, this.store, track, media, row.seq - 1, signal);
      const result = await this.#examine(track, row, before, media, signal);
      if (result === 'wait') isWaiting = true;
      else examined.push(result.row);
    }
    await this.#save(track, media, rows, examined, null);
    // What waits would be read again at once.
    return { isMore: rows.length === ROWS_PER_TURN && !isWaiting, isWaiting, seqs: goodSeqs(examined) };
  }

  async #chain(track: TrackContext, media: ExaminedTrack, signal: AbortSignal) {
    const rows = await nextInOrder(this.database.db, track, ROWS_PER_TURN);
    const examined: ExaminedRow[] = [];
    let isWaiting = false;
    let carry = rows.length === 0 ? null : await rebuildCarry(this.database, track, media);
    for (const row of rows) {
      const result = await this.#examine(track, row, carry, media, signal);
      if (result === 'wait') {
        isWaiting = true;
        break;
      }
      examined.push(result.row);
      carry = result.carry ?? carry;
    }
    const last = examined.at(-1);
    const progress = last ? { analysedSeq: last.seq, carry: carry?.json ?? null } : null;
    await this.#save(track, media, rows, examined, progress);
    return { isMore: rows.length === ROWS_PER_TURN && !isWaiting, isWaiting, seqs: goodSeqs(examined) };
  }

  /** Whether the wanted segments could be examined without those before them. */
  #anchored(
    loaded: TrackContext,
    seqs: readonly number[],
    done: number[],
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.#mutex.run(loaded.trackId, null, async () => {
      const track = (await loadTrack(this.database.db, loaded.trackId)) ?? loaded;
      const media = await this.#prepare(track, signal);
      if (media === 'wait' || media === 'unusable') return true;
      const rows = (await rowsBySeq(this.database.db, track, seqs)).filter(
        ({ state }) => state === 'pending',
      );
      let carry: AnalysisCarry | null = null;
      let previousSeq = -1;
      for (const row of rows) {
        const before = row.seq === previousSeq + 1 ? carry : null;
        const result = await this.#examine(track, row, before, media, signal);
        if (result === 'wait') continue;
        if (!isPlausible(row, result.row, track, media)) return false;
        ({ carry } = result);
        previousSeq = row.seq;
        await this.#save(track, media, [row], [result.row], null);
        done.push(...goodSeqs([result.row]));
      }
      return true;
    });
  }

  async #examine(
    { nodeAlias: node }: TrackContext,
    row: RowToExamine,
    carry: AnalysisCarry | null,
    media: ExaminedTrack,
    signal: AbortSignal,
  ): Promise<Examined | 'wait'> {
    signal.throwIfAborted();
    const outcome = await examineSegment(this.store, row.path, carry, media, { signal, node });
    const isComplete = outcome.state === 'ok' && !outcome.isTruncated;
    if (!isComplete && row.ageMs < FILE_PATIENCE_MS) return 'wait';
    const { id, seq } = row;
    if (outcome.state === 'ok') {
      const { analysis, sizeBytes, isKeyframe, problem, writtenMs } = outcome;
      return {
        row: { id, seq, state: 'ok', analysis, sizeBytes, writtenMs, isKeyframe, problem },
        carry: outcome.carry,
      };
    }
    const problem =
      outcome.state === 'bad'
        ? outcome.problem
        : `The file ${row.path} is not in the storage ${this.store.name}.`;
    const sizeBytes = outcome.state === 'bad' ? outcome.sizeBytes : null;
    const common = { id, seq, state: outcome.state, analysis: null, isKeyframe: null, problem };
    const failed = { ...common, sizeBytes, writtenMs: null };
    return { row: failed, carry: null };
  }

  async #save(
    track: TrackContext,
    media: ExaminedTrack,
    rows: readonly RowToExamine[],
    examined: readonly ExaminedRow[],
    progress: Parameters<typeof saveExamined>[3],
  ): Promise<void> {
    if (examined.length === 0) return;
    let zeroUs: number | null = null;
    for (const { id, analysis } of examined) {
      const row = rows.find((each) => each.id === id);
      if (track.zeroUs !== null || zeroUs !== null || !analysis || !row) continue;
      zeroUs = row.startUs - ticksToUs(analysis.startTicks, media.timescale);
    }
    await inTransaction(this.database.db, (trx) => saveExamined(trx, track, examined, progress, zeroUs));
  }
}

function goodSeqs(rows: readonly ExaminedRow[]): number[] {
  return rows.filter(({ state }) => state === 'ok').map(({ seq }) => seq);
}

/** Whether a segment examined on its own begins about where its row says. */
function isPlausible(
  row: RowToExamine,
  { analysis }: ExaminedRow,
  track: TrackContext,
  media: ExaminedTrack,
): boolean {
  if (analysis === null || track.zeroUs === null) return true;
  const startUs = track.zeroUs + ticksToUs(analysis.startTicks, media.timescale);
  return Math.abs(startUs - row.startUs) <= ANCHOR_TOLERANCE_US;
}
