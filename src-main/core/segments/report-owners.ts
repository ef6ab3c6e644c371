import { sql } from 'kysely';
import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { placeReportedPath } from '../recordings/recording-path.ts';
import { claimWholeName, type FolderTaken, type OtherNodes, settleFolder } from './folder-owners.ts';
import { type NodePlaces, reporterOf } from './node-places.ts';
import { type ForeignFolder, foreignFolder } from './object-owner.ts';
import type { ArrivedReport } from './report.ts';
import { isMediaClock, type ReportedSegment } from './report-check.ts';
import { RETRY_WINDOW_US } from './session-choice.ts';
import { folderKey, OVERWRITTEN, type SessionFolder } from './session-store.ts';

/** Folders that are not looked at again. */
const REMEMBERED_FOLDERS = 20_000;
/** One object as two doors tell of it: a file gives times a little other than a node does. */
const SAME_TIME_US = US_PER_SECOND;
const NOBODY: OtherNodes = { sharing: [], all: [] };

interface Shared {
  folder: SessionFolder;
  others: OtherNodes;
}

/** A report of a folder in which another node records another stream. */
export interface ForeignReport {
  readonly folder: SessionFolder;
  readonly owner: ForeignFolder;
}

/** What reports may name that is indexed under another node: the same object is not indexed twice. */
export class ReportOwners {
  readonly #settled = new Map<string, OtherNodes>();
  /** Folders by how a report names them, so that a known one costs one look. */
  readonly #folders = new Map<string, SessionFolder>();

  constructor(
    private readonly database: Database,
    private readonly places: NodePlaces,
    private readonly onForeign: (foreign: ForeignReport) => void = () => {},
  ) {}

  /**
   * Settles whose the folders are, and answers the reports without what is indexed under another node. What lies in the
   * folder of another node's other stream is left out as well: it is not the reporter's to hand out.
   */
  async settle(reports: readonly ArrivedReport[]): Promise<ArrivedReport[]> {
    const result: ArrivedReport[] = [];
    for (const arrived of reports) {
      const { report } = arrived;
      const nodeAlias = reporterOf(report);
      await this.places.tell(nodeAlias);
      const shared: Shared[] = [];
      const foreign: string[] = [];
      let lastPrefix: string | null = null;
      for (const { path } of report.segments) {
        const prefix = prefixOf(path);
        if (prefix === lastPrefix) continue;
        lastPrefix = prefix;
        const folder = this.#folderOf(nodeAlias, report.stream, path, prefix);
        const owner = await foreignFolder(this.database, this.places, folder);
        if (owner) {
          foreign.push(prefix);
          this.onForeign({ folder, owner });
          continue;
        }
        const others = await this.#others(folder);
        if (others.sharing.length > 0) shared.push({ folder, others });
      }
      const own = foreign.length === 0 ? arrived : withoutFolders(arrived, foreign);
      result.push(shared.length === 0 ? own : await this.#withoutKnown(own, shared));
    }
    return result;
  }

  /** The other nodes with recordings in a folder, as it was settled. */
  othersIn(folder: SessionFolder): readonly string[] {
    return (this.#settled.get(folderKey(folder)) ?? NOBODY).all;
  }

  /** Somebody else has begun a recording in it. */
  forget({ folder }: FolderTaken): void {
    this.#settled.delete(folderKey(folder));
  }

  #folderOf(nodeAlias: string, stream: string, path: string, prefix: string): SessionFolder {
    const key = `${stream}\0${nodeAlias}\0${prefix}`;
    const known = this.#folders.get(key);
    if (known) return known;
    const folder = { stream, nodeAlias, dir: placeReportedPath(path).dir };
    if (this.#folders.size >= REMEMBERED_FOLDERS) this.#folders.clear();
    this.#folders.set(key, folder);
    return folder;
  }

  async #others(folder: SessionFolder): Promise<OtherNodes> {
    const key = folderKey(folder);
    const known = this.#settled.get(key);
    if (known) return known;
    const place = this.places.placeOf(folder.nodeAlias);
    await claimWholeName(this.database, this.places, folder, place);
    const others = await settleFolder(this.database, this.places, folder, place);
    if (this.#settled.size >= REMEMBERED_FOLDERS) this.#settled.clear();
    this.#settled.set(key, others);
    return others;
  }

  /**
   * Leaves out what another node has told of; where that had other times under the name, its bytes were written over.
   */
  async #withoutKnown(arrived: ArrivedReport, shared: readonly Shared[]): Promise<ArrivedReport> {
    const { report } = arrived;
    const { rows } = await sql<OtherRow>`
      select s.id, s.path, s.start_ts, coalesce(s.media_start_us, s.start_ts - t.zero_ts) as media_start_us
      from recordings r join tracks t on t.recording_id = r.id
        join segments s on s.track_id = t.id and s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
      where r.stream = ${report.stream} and r.dir = any(${shared.map(({ folder }) => folder.dir)}::text[])
        and r.node_alias = any(${shared.flatMap(({ others }) => others.sharing)}::text[])
        and s.path = any(${report.segments.map(({ path }) => path)}::text[]) and s.state <> 'bad'
    `.execute(this.database.db);
    const known = new Set<ReportedSegment>();
    const overwritten: { id: string; startUs: number }[] = [];
    for (const segment of report.segments) {
      for (const row of rows.filter(({ path }) => path === segment.path)) {
        if (isSameObject(row, segment, arrived.arrivedAtUs)) known.add(segment);
        // Of media times nobody can tell a repeat that comes late from a new recording here.
        else if (!isMediaClock(segment) && row.start_ts < segment.start_ts)
          overwritten.push({ id: row.id, startUs: row.start_ts });
      }
    }
    await this.#markOverwritten(report.stream, overwritten);
    return {
      ...arrived,
      report: { ...report, segments: report.segments.filter((each) => !known.has(each)) },
    };
  }

  async #markOverwritten(stream: string, rows: readonly { id: string; startUs: number }[]): Promise<void> {
    if (rows.length === 0) return;
    await sql`
      update segments s set state = 'bad', problem = ${OVERWRITTEN}
      from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ startUs }) => startUs)}::bigint[]) as k (id, start_ts)
      where s.stream = ${stream} and s.id = k.id and s.start_ts = k.start_ts
    `.execute(this.database.db);
  }
}

/** What stands before the name of a file; paths in reports are not in one form. */
function prefixOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function withoutFolders(arrived: ArrivedReport, prefixes: readonly string[]): ArrivedReport {
  const { report } = arrived;
  const segments = report.segments.filter(({ path }) => !prefixes.includes(prefixOf(path)));
  return { ...arrived, report: { ...report, segments } };
}

interface OtherRow {
  id: string;
  path: string;
  start_ts: number;
  media_start_us: number | null;
}

/** Whether the times are those of the same recording: every one begins at 0 on a media clock. */
function isSameObject(row: OtherRow, segment: ReportedSegment, arrivedAtUs: number): boolean {
  if (!isMediaClock(segment)) return Math.abs(row.start_ts - segment.start_ts) <= SAME_TIME_US;
  const mediaStartUs = row.media_start_us ?? 0;
  const zeroUs = row.start_ts - mediaStartUs;
  const isSameClock = Math.abs(arrivedAtUs - segment.end_ts - zeroUs) <= RETRY_WINDOW_US;
  return isSameClock && Math.abs(mediaStartUs - segment.start_ts) <= SAME_TIME_US;
}
