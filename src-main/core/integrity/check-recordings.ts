import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { ObjectState } from '../db/tables.ts';
import { MediaFormatError } from '../media/media-error.ts';
import { readInit, readSegment } from '../segments/read-media.ts';
import { markOf } from '../segments/rewritten-tracks.ts';
import { isDenied } from '../storage/object-store.ts';
import type { CheckedStorage, CheckPart, CheckProgress, CheckTools, Unchecked } from './check-tools.ts';
import { findDoubles } from './find-doubles.ts';
import { inParallel } from './in-parallel.ts';
import { badObject, type CheckedRow, judgeNeighbours, judgeRow } from './judge-row.ts';
import type { CheckScope, Problem } from './problem.ts';

interface CheckedRecording {
  readonly id: string;
  readonly stream: string;
  readonly nodeAlias: string;
  readonly dir: string;
  /** The storage in which it was seen. */
  readonly place: string | null;
  readonly startUs: number;
  readonly endUs: number;
  readonly ageMs: number;
  /** Its media are on the node, as far as the index sync knows. */
  readonly isOnNode: boolean;
  /** Nothing has been recorded into its folder since. */
  readonly isLatest: boolean;
  readonly tracks: readonly CheckedTrack[];
}

interface CheckedTrack {
  readonly id: string;
  readonly track: Track;
  readonly initPath: string;
  readonly initMark: string | null;
  readonly configHash: string | null;
}

/** `dir`: of one folder only; empty for all. */
type RecordingScope = CheckScope & { readonly dir?: string };

const RECORDINGS_PER_PAGE = 200;
const ROWS_PER_PAGE = 1000;
/** Folders listed at once. */
const PARALLEL_RECORDINGS = 4;
/** Objects asked for at once, of one recording. */
const PARALLEL_OBJECTS = 8;
/** Folders of a node that may not be read before it counts as a whole as away. */
const DENIED_UNTIL_AWAY = 8;
const YOUNG_INIT_MS = 60_000;

/**
 * Holds each recording of the scope against the objects of its folder: rows without objects, sizes, what cannot be
 * read, time that is covered twice or not at all.
 *
 * A folder is listed once, in the storage of its node or else in `places`, those that the command line indexed; memory
 * follows the largest. What cannot be looked at goes into `unchecked`.
 */
export async function* checkRecordings(
  tools: CheckTools,
  places: readonly CheckedStorage[],
  scope: RecordingScope,
  progress: CheckProgress,
  unchecked: Unchecked,
  part: CheckPart,
): AsyncGenerator<Problem, void, undefined> {
  const denied = new Map<string, number>();
  const found = inParallel(recordingsIn(tools, scope, part), PARALLEL_RECORDINGS, async (recording) => {
    progress.place = recording.dir;
    if (unchecked.nodes.has(recording.nodeAlias)) return [];
    try {
      return await checkRecording(tools, places, scope, recording, progress);
    } catch (error) {
      tools.signal.throwIfAborted();
      if (!(error instanceof AppError) || error.code !== 'storage_unavailable') throw error;
      const deniedCount = (denied.get(recording.nodeAlias) ?? 0) + 1;
      denied.set(recording.nodeAlias, deniedCount);
      if (isDenied(error) && deniedCount < DENIED_UNTIL_AWAY)
        return [deniedProblem(recording, errorMessage(error))];
      unchecked.nodes.add(recording.nodeAlias);
      return [awayProblem(recording, errorMessage(error))];
    }
  });
  for await (const problems of found) yield* problems;
}

async function checkRecording(
  tools: CheckTools,
  places: readonly CheckedStorage[],
  scope: CheckScope,
  recording: CheckedRecording,
  progress: CheckProgress,
): Promise<Problem[]> {
  const { nodeStore, signal, store } = tools;
  const node = recording.nodeAlias;
  const listed = await filesIn(store, recording, signal);
  for (const place of listed.size > 0 ? [] : places) {
    for (const [path, file] of await filesIn(place.store, recording, signal)) listed.set(path, file);
  }
  if (listed.size === 0 && recording.isOnNode) {
    // A node gives whole objects only, so what its manifest lists has to do.
    if (!nodeStore) return [];
    for (const path of (await filesIn(nodeStore, recording, signal)).keys()) listed.set(path, UNSEEN);
  }
  const unreached = listed.size === 0 ? await unreachedPlace(tools, recording) : null;
  const problems = await findDoubles(tools, recording);
  for (const checked of recording.tracks) {
    const { id, initPath, track } = checked;
    const rewritten = await checkInit(tools, recording, checked, listed);
    if (rewritten) problems.push(rewritten);
    const isInitThere = listed.has(initPath) || (await store.stat(initPath, { signal, node })) !== null;
    if (!isInitThere && recording.ageMs > YOUNG_INIT_MS)
      problems.push(elsewhere(initProblem(recording, initPath, track), unreached));
    let before: CheckedRow | null = null;
    for await (const page of rowsOf(tools, scope, recording, { id, track })) {
      signal.throwIfAborted();
      progress.segmentCount += page.length;
      for await (const problem of inParallel(page, PARALLEL_OBJECTS, (row) => checkRow(tools, row, listed))) {
        if (problem) problems.push(elsewhere(problem, unreached));
      }
      for (const row of page) {
        const between = before && judgeNeighbours(before, row);
        if (between) problems.push(between);
        before = row;
      }
    }
  }
  return problems;
}

/** Where a recording was seen, if nothing leads there any more. */
async function unreachedPlace({ store }: CheckTools, { place }: CheckedRecording): Promise<string | null> {
  if (place === null || !store.storeAt || (await store.storeAt(place))) return null;
  return place;
}

/** What is missing may well be there, in a storage that was taken out of liveman.toml. */
function elsewhere(problem: Problem, unreached: string | null): Problem {
  if (unreached === null || problem.kind !== 'missing-object') return problem;
  const reason = `${problem.place} lies in ${unreached}, which is no storage of liveman.toml any more. Add the storage again; until then it cannot be played.`;
  return { ...problem, reason };
}

async function checkRow(
  { isDeep, signal, store }: CheckTools,
  row: CheckedRow,
  listed: ReadonlyMap<string, FoundFile>,
): Promise<Problem | null> {
  const node = row.nodeAlias;
  // The folder may lie elsewhere: in a storage of before, or on the node.
  const object = listed.get(row.path) ?? (await store.stat(row.path, { signal, node }));
  const problem = judgeRow(row, object);
  if (problem || !isDeep || !object || row.state !== 'ok') return problem;
  try {
    const read = await readSegment(store, row.path, false, { signal, node });
    const isCutOff = read !== null && read.header.truncatedAtSample !== null;
    return isCutOff && row.problem === null ? badObject(row, 'the file ends before its last sample.') : null;
  } catch (error) {
    if (error instanceof MediaFormatError) return badObject(row, error.message);
    throw error;
  }
}

/** What a listing says of an object; null where it says nothing. */
interface FoundFile {
  readonly sizeBytes: number | null;
  readonly mark: string | null;
}

const UNSEEN: FoundFile = { sizeBytes: null, mark: null };

/** Whether the init file of a recording that nothing came after can be read, and is of the codec of its segments. */
async function checkInit(
  { isDeep, signal, store }: CheckTools,
  recording: CheckedRecording,
  { configHash, initMark, initPath, track }: CheckedTrack,
  listed: ReadonlyMap<string, FoundFile>,
): Promise<Problem | null> {
  if (!recording.isLatest || recording.ageMs < YOUNG_INIT_MS) return null;
  const mark = listed.get(initPath)?.mark ?? null;
  const isSame = mark === null || mark === initMark;
  if (isSame && !isDeep) return null;
  const init = await readInit(store, initPath, { signal, node: recording.nodeAlias });
  const problem = initProblem(recording, initPath, track);
  if (init.state === 'bad') {
    const reason = `${init.problem} Without it no ${track} of this recording can be played; put a copy of the file back.`;
    return { ...problem, kind: 'bad-object', reason };
  }
  if (init.state !== 'ok' || configHash === null || init.init.configHash === configHash) return null;
  const reason = `${initPath} was overwritten by one of another codec (${init.init.codecString}): the ${track} of before cannot be decoded any more, and what was recorded since is not in the index.`;
  return { ...problem, kind: 'wrong-size', reason, repair: 're-examine' };
}

/** By path the objects in a recording's folder, not below it. */
async function filesIn(
  store: CheckTools['store'],
  { dir, nodeAlias }: CheckedRecording,
  signal: AbortSignal,
): Promise<Map<string, FoundFile>> {
  const files = new Map<string, FoundFile>();
  try {
    for await (const object of store.list(`${dir}/`, { signal, node: nodeAlias })) {
      const { path, sizeBytes } = object;
      if (!path.slice(dir.length + 1).includes('/')) files.set(path, { sizeBytes, mark: markOf(object) });
    }
  } catch (error) {
    // The storage of the node has no such root, as one that nobody has written to.
    if (!(error instanceof AppError) || error.code !== 'object_missing') throw error;
  }
  return files;
}

async function* recordingsIn(
  { clock, database, signal }: CheckTools,
  { dir = '', endUs, startUs, stream }: RecordingScope,
  part: CheckPart,
): AsyncGenerator<CheckedRecording, void, undefined> {
  let last = { stream: '', id: '00000000-0000-0000-0000-000000000000' };
  if (part.from?.phase === 'recordings') last = part.from;
  let isBegun = false;
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await sql<{
      id: string;
      stream: string;
      node_alias: string;
      dir: string;
      place: string | null;
      start_ts: number;
      end_ts: number;
      created_at: Date;
      is_on_node: boolean;
      is_latest: boolean;
      tracks: CheckedTrack[];
    }>`
      select r.id, r.stream, r.node_alias, r.dir, r.place, r.start_ts, r.end_ts, r.created_at,
        exists (select from node_recordings n
          where n.dir = r.dir and n.node_alias = r.node_alias and n.source = 'node') as is_on_node,
        not exists (select from recordings l where l.stream = r.stream and l.node_alias = r.node_alias
          and l.dir = r.dir and l.start_ts > r.start_ts) as is_latest,
        (select coalesce(json_agg(json_build_object('id', t.id, 'track', t.track, 'initPath', t.init_path,
          'initMark', t.init_mark, 'configHash', t.config_hash)), '[]')
          from tracks t where t.recording_id = r.id) as tracks
      from recordings r
      where (r.stream, r.id) > (${last.stream}, ${last.id}::uuid)
        and (${stream}::text is null or r.stream = ${stream})
        and (${dir} = '' or r.dir = ${dir})
        and (${startUs}::bigint is null or r.end_ts > ${startUs})
        and (${endUs}::bigint is null or r.start_ts < ${endUs})
      order by r.stream, r.id limit ${RECORDINGS_PER_PAGE}
    `.execute(database.db);
    for (const row of rows) {
      // One at least, so that each part comes further.
      if (isBegun && part.isTimeUp()) {
        part.to = { phase: 'recordings', stream: last.stream, id: last.id };
        return;
      }
      yield {
        id: row.id,
        stream: row.stream,
        nodeAlias: row.node_alias,
        dir: row.dir,
        place: row.place,
        startUs: row.start_ts,
        endUs: row.end_ts,
        ageMs: clock.nowMs() - row.created_at.getTime(),
        isOnNode: row.is_on_node,
        isLatest: row.is_latest,
        tracks: row.tracks,
      };
      last = row;
      isBegun = true;
    }
    if (rows.length < RECORDINGS_PER_PAGE) return;
  }
}

/** The rows of a track in the order of time, page by page. */
async function* rowsOf(
  { database }: CheckTools,
  { endUs, startUs }: CheckScope,
  recording: CheckedRecording,
  { id: trackId, track }: { id: string; track: Track },
): AsyncGenerator<CheckedRow[], void, undefined> {
  const { nodeAlias, stream } = recording;
  const toUs = Math.min(recording.endUs, (endUs ?? Number.MAX_SAFE_INTEGER) - 1);
  let from = { startUs: recording.startUs, id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const { rows } = await sql<{
      id: string;
      seq: number;
      path: string;
      start_ts: number;
      end_ts: number;
      state: ObjectState;
      size_bytes: number | null;
      problem: string | null;
      age_ms: number;
    }>`
      select id, seq, path, start_ts, end_ts, state, size_bytes, problem,
        (extract(epoch from now() - created_at) * 1000)::float8 as age_ms
      from segments
      where stream = ${stream} and track_id = ${trackId}
        and start_ts between ${from.startUs} and ${toUs} and (start_ts, id) > (${from.startUs}, ${from.id}::uuid)
        and (${startUs}::bigint is null or end_ts > ${startUs})
      order by start_ts, id limit ${ROWS_PER_PAGE}
    `.execute(database.db);
    if (rows.length > 0) {
      yield rows.map((row) => ({
        id: row.id,
        trackId,
        track,
        stream,
        nodeAlias,
        seq: row.seq,
        path: row.path,
        startUs: row.start_ts,
        endUs: row.end_ts,
        state: row.state,
        sizeBytes: row.size_bytes,
        problem: row.problem,
        ageMs: row.age_ms,
      }));
    }
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_PER_PAGE) return;
    from = { startUs: last.start_ts, id: last.id };
  }
}

function initProblem(recording: CheckedRecording, initPath: string, track: Track): Problem {
  const { endUs, nodeAlias, startUs, stream } = recording;
  return {
    kind: 'missing-object',
    stream,
    nodeAlias,
    place: initPath,
    startUs,
    endUs,
    reason: `The init file ${initPath} is not in storage. Without it no ${track} of this recording can be played.`,
    repair: null,
    details: {},
  };
}

function deniedProblem(recording: CheckedRecording, reason: string): Problem {
  const { dir, endUs, startUs, stream } = recording;
  const about = { place: dir, stream, startUs, endUs, reason: `${dir} was not checked: ${reason}` };
  return { ...awayProblem(recording, reason), ...about };
}

function awayProblem({ dir, nodeAlias }: CheckedRecording, reason: string): Problem {
  return {
    kind: 'storage-away',
    stream: '',
    nodeAlias,
    place: nodeAlias,
    startUs: null,
    endUs: null,
    reason: `Recordings of the node ${nodeAlias} were not checked, from ${dir} on: ${reason}`,
    repair: null,
    details: {},
  };
}
