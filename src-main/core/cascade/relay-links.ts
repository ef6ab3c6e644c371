import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import { sessionOfUrl } from '../../../src-shared/util/relay-ends.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { copyOf } from './choose-relay.ts';

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

/** Alias of the node that a WHIP or WHEP URL is about; null when it is not one of the cluster. */
export type AliasOf = (url: string, verb: 'whip' | 'whep') => string | null;

/** Every relay that nodes show, those made by hand and by others too. */
export function findRelayLinks(snapshots: readonly NodeSnapshot[]): RelayLink[] {
  const aliasOf = aliasFinder(snapshots);
  return snapshots.flatMap(({ node, streams }) =>
    relayedStreams(streams).flatMap((stream) => linksOfStream(node.alias, stream, aliasOf)),
  );
}

/** Lists are replaced, never changed: each is looked through once, however often the cluster is asked. */
const relayedOf = new WeakMap<readonly Stream[], readonly Stream[]>();

function relayedStreams(streams: readonly Stream[]): readonly Stream[] {
  let relayed = relayedOf.get(streams);
  if (!relayed) {
    relayed = streams.filter(
      ({ publish, subscribe }) =>
        publish.sessions.some(isRelaySession) || subscribe.sessions.some(isRelaySession),
    );
    relayedOf.set(streams, relayed);
  }
  return relayed;
}

function isRelaySession(session: Session): boolean {
  return session.cascade !== undefined;
}

/** The relays that one node shows of one stream. */
export function linksOfStream(owner: string, stream: Stream, aliasOf: AliasOf): RelayLink[] {
  const describe = (session: Session) => ({
    stream: stream.id,
    owner,
    session: session.id,
    peerSession: sessionOfUrl(session.cascade?.sessionUrl),
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

/** State of a relay's session on the node that has it; `none` where it shows no such session. */
export function linkStateOf(
  relay: Pick<RelayLink, 'stream' | 'mode' | 'source' | 'target'>,
  owner: NodeSnapshot,
  aliasOf: AliasOf,
): string {
  const copy = copyOf(owner, relay.stream);
  if (!copy) return 'none';
  const links = linksOfStream(owner.node.alias, copy, aliasOf).filter(
    (link) => link.mode === relay.mode && link.source === relay.source && link.target === relay.target,
  );
  return (links.find(({ state }) => state === 'connected') ?? links[0])?.state ?? 'none';
}

/**
 * Finds the node that a WHIP or WHEP URL is about: one of the node's own, or one through a manager. Most clusters have
 * no relays, so the nodes are gone through when the first URL is asked for.
 */
export function aliasFinder(snapshots: readonly NodeSnapshot[]): AliasOf {
  let known: { byUrl: Map<string, string>; aliases: Set<string> } | undefined;
  const nodes = () => {
    const byUrl = new Map(snapshots.map(({ node }) => [normalised(node.url), node.alias]));
    return { byUrl, aliases: new Set(byUrl.values()) };
  };
  return (url, verb) => {
    known ??= nodes();
    const { aliases, byUrl } = known;
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

/** A key for a stream on the node of this alias. */
export function relayKey(alias: string, stream: string): string {
  return `${alias.length}:${alias}${stream}`;
}

/** What `relayKey` was made of. */
export function parseRelayKey(key: string): { readonly alias: string; readonly stream: string } {
  const colonAt = key.indexOf(':');
  const aliasEnd = colonAt + 1 + Number(key.slice(0, colonAt));
  return { alias: key.slice(colonAt + 1, aliasEnd), stream: key.slice(aliasEnd) };
}
