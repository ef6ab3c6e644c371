import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { isOpenSession } from '../nodes/parse-node-json.ts';

/** A relay as nodes show it. */
export interface RelayLink {
  readonly stream: string;
  readonly mode: 'push' | 'pull';
  /** Null when it is not a node of this cluster. */
  readonly source: string | null;
  readonly target: string | null;
  /** The node that shows it: the source of a push, the target of a pull. */
  readonly owner: string;
  /** Its session on `owner`; ending it ends the relay. */
  readonly session: string;
  /** The session at the other end, where the owner says it. */
  readonly peerSession: string | null;
  readonly createdAtMs: number;
  readonly bitrateBps: number;
  readonly state: string;
}

/** Every relay that nodes show, those made by hand and by others too. */
export function findRelayLinks(snapshots: readonly NodeSnapshot[]): RelayLink[] {
  const aliasOf = aliasFinder(snapshots);
  return snapshots.flatMap(({ node, streams }) =>
    streams.flatMap((stream) => linksOfStream(node.alias, stream, aliasOf)),
  );
}

/** The relays that one node shows of one stream. */
export function linksOfStream(
  owner: string,
  stream: Stream,
  aliasOf: (url: string, verb: 'whip' | 'whep') => string | null,
): RelayLink[] {
  const describe = (session: Session) => ({
    stream: stream.id,
    owner,
    session: session.id,
    peerSession: lastPart(session.cascade?.sessionUrl),
    createdAtMs: session.createdAt,
    bitrateBps: session.stats.bitrate,
    state: session.state,
  });
  const pulls = stream.publish.sessions.filter(isOpenSession).flatMap((session) => {
    const url = session.cascade?.sourceUrl;
    if (!url) return [];
    return [{ ...describe(session), mode: 'pull' as const, source: aliasOf(url, 'whep'), target: owner }];
  });
  const pushes = stream.subscribe.sessions.filter(isOpenSession).flatMap((session) => {
    const url = session.cascade?.targetUrl;
    if (!url) return [];
    return [{ ...describe(session), mode: 'push' as const, source: owner, target: aliasOf(url, 'whip') }];
  });
  return [...pulls, ...pushes];
}

/** Finds the node that a WHIP or WHEP URL is about: one of the node's own, or one through a manager. */
export function aliasFinder(
  snapshots: readonly NodeSnapshot[],
): (url: string, verb: 'whip' | 'whep') => string | null {
  const byUrl = new Map(snapshots.map(({ node }) => [normalised(node.url), node.alias]));
  const aliases = new Set(byUrl.values());
  return (url, verb) => {
    const parts = url.split('/');
    const verbAt = parts.length - 2;
    if (parts[verbAt] === verb) return byUrl.get(normalised(parts.slice(0, verbAt).join('/'))) ?? null;
    const isThroughManager = parts[verbAt - 1] === verb && parts[verbAt - 2] === 'api';
    const alias = decoded(parts[verbAt] ?? '');
    return isThroughManager && aliases.has(alias) ? alias : null;
  };
}

function normalised(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : url;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function lastPart(url: string | undefined): string | null {
  return url ? url.slice(url.lastIndexOf('/') + 1) : null;
}

/** A key for a stream on the node of this alias. */
export function relayKey(alias: string, stream: string): string {
  return `${alias.length}:${alias}${stream}`;
}
