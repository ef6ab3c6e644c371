import type { Codec, PubSub, Session, Stats, Strategy, Stream } from '../../../src-shared/model/node-json.ts';

/**
 * Reads what nodes of any generation answer: what is missing gets the default its generation implies, unknown
 * keys are ignored. Each function throws a TypeError in words when the shape is not that of a node at all.
 */

/** The stream list of `GET /api/streams/` or of an event. */
export function parseStreams(json: unknown): Stream[] {
  if (!Array.isArray(json)) throw new TypeError('expected a list of streams');
  return json.map(parseStream);
}

/** The nodes' own default. */
const DEFAULT_MAX_VIEWERS = 65_535;

/** How many viewers a node takes for each stream; one whose strategy is not known is taken to have the default. */
export function maxViewersPerStream(strategy: Strategy | null): number {
  return strategy?.each_stream_max_sub ?? DEFAULT_MAX_VIEWERS;
}

/** `GET /api/strategy/`; all keys are optional on the wire. */
export function parseStrategy(json: unknown): Strategy {
  const source = asObject(json, 'a strategy');
  return {
    each_stream_max_sub: number(source.each_stream_max_sub, DEFAULT_MAX_VIEWERS),
    cascade_push_close_sub: source.cascade_push_close_sub === true,
    auto_create_whip: source.auto_create_whip !== false,
    auto_create_whep: source.auto_create_whep !== false,
    auto_delete_whip: number(source.auto_delete_whip, -1),
    auto_delete_whep: number(source.auto_delete_whep, -1),
  };
}

export interface NodeInfo {
  readonly version: string;
  readonly features: string[];
}

/** `GET /api/info` of today's nodes. */
export function parseInfo(json: unknown): NodeInfo {
  const source = asObject(json, 'server information');
  if (typeof source.version !== 'string') throw new TypeError('expected a version');
  const features = Array.isArray(source.features) ? source.features : [];
  return {
    version: source.version,
    features: features.filter((name): name is string => typeof name === 'string'),
  };
}

/** One entry of the list, or the reply of `GET /api/streams/{id}`. */
export function parseStream(json: unknown): Stream {
  const source = asObject(json, 'a stream');
  if (typeof source.id !== 'string') throw new TypeError('expected a stream with an id');
  const stats = (source.stats ?? {}) as Record<string, unknown>;
  return {
    id: source.id,
    createdAt: number(source.createdAt, 0),
    publish: parsePubSub(source.publish),
    subscribe: parsePubSub(source.subscribe),
    codecs: Array.isArray(source.codecs) ? source.codecs.map(parseCodec) : [],
    provisioned: source.provisioned === true,
    onDemand: source.onDemand === true,
    stats: { publish: parseStats(stats.publish), subscribe: parseStats(stats.subscribe) },
    statsScope: source.statsScope === 'clusterNodeWork' ? 'clusterNodeWork' : 'node',
  };
}

function parsePubSub(json: unknown): PubSub {
  const source = asObject(json ?? {}, 'publish or subscribe');
  return {
    leaveAt: number(source.leaveAt, 0),
    sessions: Array.isArray(source.sessions) ? source.sessions.map(parseSession) : [],
  };
}

function parseSession(json: unknown): Session {
  const source = asObject(json, 'a session');
  return {
    id: String(source.id ?? ''),
    createdAt: number(source.createdAt, 0),
    leaveAt: number(source.leaveAt, 0),
    state: typeof source.state === 'string' ? source.state : 'new',
    ...(typeof source.cascade === 'object' && source.cascade !== null ? { cascade: source.cascade } : {}),
    hasDataChannel: source.hasDataChannel === true,
    stats: parseStats(source.stats),
  };
}

function parseCodec(json: unknown): Codec {
  const source = asObject(json, 'a codec');
  return {
    kind: String(source.kind ?? ''),
    codec: String(source.codec ?? '').toLowerCase(),
    fmtp: String(source.fmtp ?? ''),
  };
}

function parseStats(json: unknown): Stats {
  const source = (json ?? {}) as Record<string, unknown>;
  return {
    bytes: number(source.bytes, 0),
    packets: number(source.packets, 0),
    bitrate: number(source.bitrate, 0),
  };
}

function asObject(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new TypeError(`expected ${what}`);
  }
  return json as Record<string, unknown>;
}

function number(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}
