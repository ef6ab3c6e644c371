import type { DayCoverage, RecordedStream, StreamCoverage } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { JournalEntry } from '../journal/journal-record.ts';
import type { ReportJournal } from '../journal/report-journal.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { Analyser, type EnsureOptions } from './analyser.ts';
import { coverageOf, coveredDays, recordedNames, recordedStreams } from './coverage-queries.ts';
import type { NodePlaces } from './node-places.ts';
import type { SegmentReport } from './report-check.ts';
import { extentsOf, type IndexedSegments, ReportDoor } from './report-door.ts';
import type { ForeignReport } from './report-owners.ts';
import { type Instant, instantAt, type TimelineQuery, timelinePage } from './segment-queries.ts';
import { folderKey } from './session-store.ts';
import type { NewSegment } from './write-segments.ts';

export type { IndexedSegments };

export interface SegmentIndexOptions {
  database: Database;
  store: ObjectStore;
  /** Takes reports while the database is away; without one they are refused. */
  journal?: ReportJournal | undefined;
  /** Where nodes record; without it each node's objects are its own. */
  places?: NodePlaces | undefined;
  clock: Clock;
  logger: Logger;
}

/** The index of recorded segments: what comes in, what is known, and what is found out about it. */
export interface SegmentIndex extends Closeable {
  /**
   * Takes a report; resolves when it is durable, in the database or the journal. `arrivedAtUs` is the wall clock when the report came.
   * Throws bad_request (nothing is written), database_unavailable.
   */
  report(report: SegmentReport, arrivedAtUs: number): Promise<{ processedCount: number }>;
  /** See `Analyser.ensureAnalysed`. */
  ensureAnalysed(stream: string, range: TimeRange, options?: EnsureOptions): Promise<number>;
  timeline(stream: string, query: TimelineQuery): ReturnType<typeof timelinePage>;
  recordedNames(): Promise<string[]>;
  recordedStreams(): Promise<RecordedStream[]>;
  /** See `coverageOf`. */
  coverage(streams: readonly string[], range: TimeRange, resolutionUs: number): Promise<StreamCoverage[]>;
  /** See `coveredDays`. */
  days(month: string, timeZone: string, streams?: readonly string[]): Promise<DayCoverage[]>;
  /** See `instantAt`. */
  instant(stream: string, instantUs: number): Promise<Instant>;
  /** Calls `listener` after segments were committed; returns how to end that. */
  onDidIndexSegments(listener: (segments: IndexedSegments) => void): () => void;
  /** Tells listeners and the analyser of rows that another door wrote and committed. */
  announce(rows: readonly NewSegment[]): void;
  /** Writes reports past the queue; for those that were set aside. */
  write(entries: readonly JournalEntry[]): Promise<void>;
  /** New segments per second over the last ten seconds. */
  ingestRatePerSecond(): number;
  /** About how many segments wait to be examined. */
  queueLength(): number;
}

/** Opens the index on a migrated database and begins to examine what is pending. */
export function createSegmentIndex(options: SegmentIndexOptions): SegmentIndex {
  const { clock, database, journal, logger, places, store } = options;
  const log = logger.child({ part: 'segments' });
  const listeners = new Set<(segments: IndexedSegments) => void>();

  const tellListeners = (rows: readonly NewSegment[]) => {
    for (const extent of extentsOf(rows)) {
      for (const listener of [...listeners]) {
        try {
          listener(extent);
        } catch (error) {
          log.error({ reason: errorMessage(error) }, 'a listener of indexed segments failed');
        }
      }
    }
  };
  const isBusy = () => door.isBusy;
  const analyser = new Analyser({ database, store, clock, logger: log, onWritten: tellListeners, isBusy });
  const announce = (rows: readonly NewSegment[]) => {
    analyser.notify(rows);
    tellListeners(rows);
  };
  const onForeign = foreignReportsLogger(log);
  const door = new ReportDoor({ database, clock, journal, places, store, onWritten: announce, onForeign });
  analyser.start();
  door.start();

  let closing: Promise<void> | undefined;
  const close = async () => {
    await door.close();
    await analyser.close();
    listeners.clear();
  };
  return {
    report: (report, arrivedAtUs) => door.report(report, arrivedAtUs),
    ensureAnalysed: (stream, range, options) => analyser.ensureAnalysed(stream, range, options),
    timeline: (stream, query) => timelinePage(database, stream, query),
    recordedNames: () => recordedNames(database),
    recordedStreams: () => recordedStreams(database, clock),
    coverage: (streams, range, resolutionUs) => coverageOf(database, streams, range, resolutionUs),
    days: (month, timeZone, streams) => coveredDays(database, month, timeZone, streams),
    instant: (stream, instantUs) => instantAt(database, stream, instantUs),
    onDidIndexSegments: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce,
    write: (entries) => door.write(entries),
    ingestRatePerSecond: () => door.ratePerSecond(),
    queueLength: () => analyser.queueLength,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Folders whose foreign reports were told of; a node sends one with every segment. */
const TOLD_FOLDERS = 1000;

function foreignReportsLogger(logger: Logger): (foreign: ForeignReport) => void {
  const told = new Set<string>();
  return ({ folder, owner }) => {
    const key = folderKey(folder);
    if (told.has(key)) return;
    if (told.size >= TOLD_FOLDERS) told.clear();
    told.add(key);
    logger.warn(
      { ...folder, owner },
      'A node reports media of another one under a stream that it is not of; they are not indexed for it',
    );
  };
}
