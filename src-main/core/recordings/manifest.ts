import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Track } from '../../../src-shared/model/segment.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';

/** One media file as the manifest lists it. */
export interface ManifestSegment {
  seq: number;
  startTicks: number;
  durationTicks: number;
}

export interface ManifestTrack {
  track: Track;
  /** As the node wrote it; compute the true one from the init file. */
  codecs: string;
  timescale: number;
  /** File name beside the manifest. */
  initName: string;
  /** File name with `$Number%04d$`. */
  mediaName: string;
  /** Empty where the manifest has no timeline (PUSH and PULL nodes). */
  segments: ManifestSegment[];
}

export interface Manifest {
  /** Dynamic: still recording, or the node died. */
  isDynamic: boolean;
  /** Wall clock of the start; null in a finished manifest. */
  availabilityStartUs: number | null;
  tracks: ManifestTrack[];
}

/** The manifest is cut off or no manifest at all. A node rewrites it in place: read it again a little later. */
export class ManifestError extends AppError {
  constructor(message: string, cause?: unknown) {
    super('media_unusable', message, { cause });
  }
}

/** One `S` may repeat; more than a week of 1 s segments is not believed. */
const MAX_SEGMENTS = 700_000;
const LIST_TAGS = new Set(['Period', 'AdaptationSet', 'Representation', 'S']);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => LIST_TAGS.has(name),
});

type Node = Record<string, unknown>;

/**
 * Reads the manifest of a recording, of any generation. Throws ManifestError.
 *
 * Attributes that are missing or odd cost only what depends on them; times are as spoiled as they were written.
 */
export function parseManifest(xml: string): Manifest {
  const validity = XMLValidator.validate(xml);
  if (validity !== true) {
    throw new ManifestError(
      `The manifest is cut off or damaged at line ${validity.err.line}: ${validity.err.msg}`,
    );
  }
  const mpd = child(parser.parse(xml), 'MPD');
  if (mpd === null) throw new ManifestError('The manifest has no MPD element.');
  const tracks = children(children(mpd, 'Period')[0] ?? {}, 'AdaptationSet').flatMap((set) => {
    const track = readTrack(set);
    return track === null ? [] : [track];
  });
  const startMs = Date.parse(text(mpd, 'availabilityStartTime'));
  return {
    isDynamic: text(mpd, 'type') === 'dynamic',
    availabilityStartUs: Number.isFinite(startMs) ? startMs * US_PER_MS : null,
    tracks,
  };
}

function readTrack(set: Node): ManifestTrack | null {
  const representation = children(set, 'Representation')[0] ?? {};
  const template = child(representation, 'SegmentTemplate') ?? child(set, 'SegmentTemplate');
  const kind = text(set, 'contentType') || text(representation, 'mimeType').split('/')[0];
  const timescale = number(template ?? {}, 'timescale') ?? 1;
  if (template === null || (kind !== 'video' && kind !== 'audio') || timescale <= 0) return null;
  return {
    track: kind,
    codecs: text(representation, 'codecs') || text(set, 'codecs'),
    timescale,
    initName: text(template, 'initialization'),
    mediaName: text(template, 'media'),
    segments: readTimeline(template),
  };
}

function readTimeline(template: Node): ManifestSegment[] {
  const timeline = child(template, 'SegmentTimeline');
  if (timeline === null) return [];
  const segments: ManifestSegment[] = [];
  let seq = number(template, 'startNumber') ?? 1;
  let startTicks = 0;
  for (const entry of children(timeline, 'S')) {
    const durationTicks = number(entry, 'd') ?? 0;
    startTicks = number(entry, 't') ?? startTicks;
    const count = 1 + Math.max(0, number(entry, 'r') ?? 0);
    if (segments.length + count > MAX_SEGMENTS) {
      throw new ManifestError(`The manifest claims more than ${MAX_SEGMENTS} segments.`);
    }
    for (let i = 0; i < count; i += 1) {
      segments.push({ seq, startTicks, durationTicks });
      seq += 1;
      startTicks += durationTicks;
    }
  }
  return segments;
}

function child(node: unknown, name: string): Node | null {
  if (!isNode(node)) return null;
  const value = node[name];
  // An element without attributes and content comes as an empty text.
  return isNode(value) ? value : value === '' ? {} : null;
}

function children(node: Node, name: string): Node[] {
  const value = node[name];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function text(node: Node, name: string): string {
  const value = node[name];
  return typeof value === 'string' ? value : '';
}

function number(node: Node, name: string): number | null {
  const value = text(node, name);
  return /^-?\d{1,15}$/.test(value) ? Number(value) : null;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
