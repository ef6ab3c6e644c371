import type { Track } from '../../../src-shared/model/segment.ts';

/**
 * How a recorder names its files and folders.
 *
 * `dated`: `stream/YYYY/MM/DD` with `init.m4s`, `seg_0001.m4s` (PUSH, PULL and the first nodes with manifests);
 * `early`: the same file names in a folder of their own; `current`: `v_init.m4s`, `a_seg_0001.m4s`.
 */
export type NamingGeneration = 'dated' | 'early' | 'current';

export interface RecordingFolder {
  /** The stream as far as the folder tells it; a foreign base folder without it gives its last component. */
  stream: string;
  /** Relative to the storage root, no slash at the ends. */
  dir: string;
  /** Unix seconds of the start as text; null where the folder does not tell. */
  record: string | null;
  /** `YYYY-MM-DD` of a dated folder: the day of the start, UTC or in the node's zone. */
  day: string | null;
}

export interface RecordingFile extends RecordingFolder {
  kind: 'init' | 'segment' | 'manifest';
  /** Null for a manifest. */
  track: Track | null;
  /** Number in the name, from 1; 0 for init files and manifests. */
  seq: number;
  generation: NamingGeneration;
}

const MAX_SEQ = 2_147_483_647;
const MEDIA_NAME = /^(?:(v|a)_|(audio_)?)(?:(init)|seg_(\d{1,10}))\.m4s$/;
const MANIFEST_NAME = 'manifest.mpd';
/** A record id is the last component of ten digits or more: unix seconds. */
const RECORD_ID = /^\d{10,}$/;

/** What the path of a stored object says, or null when no recorder writes such a name. */
export function parseRecordingPath(path: string): RecordingFile | null {
  const slash = path.lastIndexOf('/');
  if (slash <= 0) return null;
  const folder = parseRecordingFolder(path.slice(0, slash));
  const name = path.slice(slash + 1);
  const oldNames: NamingGeneration = folder.day === null ? 'early' : 'dated';
  if (name === MANIFEST_NAME) {
    const generation = folder.day === null ? 'current' : oldNames;
    return { ...folder, kind: 'manifest', track: null, seq: 0, generation };
  }
  const match = MEDIA_NAME.exec(name);
  if (match === null) return null;
  const [, prefix, audioPrefix, init, digits] = match;
  const seq = init === undefined ? Number(digits) : 0;
  if (init === undefined && (seq < 1 || seq > MAX_SEQ)) return null;
  return {
    dir: folder.dir,
    stream: folder.stream,
    record: folder.record,
    day: folder.day,
    kind: init === undefined ? 'segment' : 'init',
    track: prefix === 'a' || audioPrefix !== undefined ? 'audio' : 'video',
    seq,
    generation: prefix === undefined ? oldNames : 'current',
  };
}

/**
 * Whether an object is of a recording by its name: nothing else that happens to lie in a storage is handed out. Also
 * names that no known recorder writes, as nodes may report any.
 */
export function isMediaName(path: string): boolean {
  return /[^/]\.(m4s|mp4|mpd)$/i.test(path);
}

let lastFolder: RecordingFolder | null = null;

/** What a recording's folder says of its stream and its start. `dir` is not empty. */
export function parseRecordingFolder(dir: string): RecordingFolder {
  // Files of one folder come one after the other, by the thousand.
  if (lastFolder?.dir !== dir) lastFolder = Object.freeze(readFolder(dir));
  return lastFolder;
}

function readFolder(dir: string): RecordingFolder {
  const parts = dir.split('/');
  const [year, month, day] = parts.slice(-3);
  if (parts.length > 3 && isDate(year, month, day)) {
    return { dir, stream: parts.at(-4) ?? '', record: null, day: `${year}-${month}-${day}` };
  }
  const recordAt = parts.findLastIndex((part) => RECORD_ID.test(part));
  if (recordAt > 0)
    return { dir, stream: parts[recordAt - 1] ?? '', record: parts[recordAt] ?? null, day: null };
  return { dir, stream: parts.at(-1) ?? '', record: null, day: null };
}

/** Whether a folder is named after the stream, wherever in the storage it lies; names with slashes take several folders. */
export function isNamedAfter(dir: string, stream: string): boolean {
  return `/${dir}/`.includes(`/${stream}/`);
}

/** The object path of a file of a recording; `seq` counts from 1. The inverse of `parseRecordingPath`. */
export function recordingFilePath(
  file: Pick<RecordingFile, 'dir' | 'kind' | 'track' | 'seq' | 'generation'>,
): string {
  if (file.kind === 'manifest') return `${file.dir}/${MANIFEST_NAME}`;
  const name = file.kind === 'init' ? 'init' : `seg_${String(file.seq).padStart(4, '0')}`;
  const isAudio = file.track === 'audio';
  const prefix = file.generation === 'current' ? (isAudio ? 'a_' : 'v_') : isAudio ? 'audio_' : '';
  return `${file.dir}/${prefix}${name}.m4s`;
}

let lastInit = { dir: '', track: null as Track | null, generation: 'current' as NamingGeneration, path: '' };

/** The init file that a segment of this name belongs to. */
export function initPathOf({
  dir,
  generation,
  track,
}: Pick<RecordingFile, 'dir' | 'track' | 'generation'>): string {
  if (lastInit.dir !== dir || lastInit.track !== track || lastInit.generation !== generation) {
    const path = recordingFilePath({ dir, track, generation, kind: 'init', seq: 0 });
    lastInit = { dir, track, generation, path };
  }
  return lastInit.path;
}

/** The sound cut together with a picture segment of a PUSH or PULL node; it need not exist. */
export function audioSiblingPath(video: Pick<RecordingFile, 'dir' | 'seq' | 'generation'>): string {
  return recordingFilePath({ ...video, kind: 'segment', track: 'audio' });
}

/**
 * Where a reported segment belongs, for any path a node may send.
 *
 * A name that no recorder writes is taken as video, its number as the last digits of the name (0 without), its init
 * file as `init.m4s` beside it.
 */
export function placeReportedPath(path: string): Omit<RecordingFile, 'kind' | 'track'> & {
  track: Track;
  initPath: string;
} {
  const known = parseRecordingPath(path);
  if (known?.kind === 'segment' && known.track !== null) {
    // Written out: it is done for every reported segment, and copying objects takes longer than all else here.
    const { day, dir, generation, record, seq, stream, track } = known;
    return { day, dir, generation, record, seq, stream, track, initPath: initPathOf(known) };
  }
  const slash = path.lastIndexOf('/');
  const dir = slash > 0 ? path.slice(0, slash) : '';
  const stem = path.slice(slash + 1).replace(/\.[^.]*$/, '');
  const digits = /(\d{1,9})$/.exec(stem)?.[1];
  return {
    ...parseRecordingFolder(dir),
    track: 'video',
    seq: digits === undefined ? 0 : Number(digits),
    generation: 'early',
    initPath: dir === '' ? 'init.m4s' : `${dir}/init.m4s`,
  };
}

function isDate(year = '', month = '', day = ''): boolean {
  if (!/^\d{4}$/.test(year) || !/^\d{2}$/.test(month) || !/^\d{2}$/.test(day)) return false;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return new Date(time).toISOString().startsWith(`${year}-${month}-${day}`);
}
