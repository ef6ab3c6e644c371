import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import { isPresent } from '../../../src-shared/util/session-state.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { OwnCascade } from './cascade-rows.ts';
import { copyOf } from './choose-relay.ts';
import { aliasFinder, findRelayLinks, linksOfStream, type RelayLink } from './relay-links.ts';

/**
 * Our relays with what the nodes say of them, and those found on nodes that answer; by stream, then target. Of a node
 * that does not answer its last word counts.
 */
export function cascadeViews(own: readonly OwnCascade[], snapshots: readonly NodeSnapshot[]): CascadeView[] {
  const byAlias = new Map<string | null, NodeSnapshot>(snapshots.map((each) => [each.node.alias, each]));
  const answering = new Set<string | null>();
  const silentReasons = new Map<string | null, string>();
  for (const { health, node } of snapshots) {
    if (isUsable(health.state)) answering.add(node.alias);
    else silentReasons.set(node.alias, `${node.alias}: ${health.reason ?? 'It was not reached yet.'}`);
  }
  const isKnown = (alias: string) => byAlias.has(alias);
  const links = findRelayLinks(snapshots);
  const seen = (state: 'starting' | 'running', ...aliases: (string | null)[]) => {
    const silent = aliases.flatMap((alias) => {
      if (alias === null || answering.has(alias)) return [];
      return silentReasons.get(alias) ?? `${alias} is not a node of this cluster any more.`;
    });
    return silent.length === 0
      ? { state, reason: null }
      : { state: 'stale' as const, reason: silent.join(' ') };
  };
  const viewerCount = (alias: string | null, stream: string) => {
    const snapshot = byAlias.get(alias);
    const copy = snapshot && copyOf(snapshot, stream);
    return copy?.subscribe.sessions.filter(isPresent).length ?? 0;
  };
  const ours = own.map((cascade) => ({
    id: cascade.id,
    stream: cascade.stream,
    source: cascade.source,
    target: cascade.target,
    mode: cascade.mode,
    origin: cascade.origin,
    ...seen(cascade.state, cascade.source, cascade.target),
    sinceMs: cascade.createdAtMs,
    viewerCount: viewerCount(cascade.target, cascade.stream),
    bitrateBps: links.find((link) => isSame(link, cascade, isKnown))?.bitrateBps ?? 0,
  }));
  const foreign = links
    .filter((link) => answering.has(link.owner) && !own.some((cascade) => isSame(link, cascade, isKnown)))
    .map((link) => ({
      id: foreignId(link),
      stream: link.stream,
      source: link.source,
      target: link.target,
      mode: link.mode,
      origin: 'foreign' as const,
      ...seen(link.state === 'connected' ? 'running' : 'starting', link.source, link.target),
      sinceMs: link.createdAtMs,
      viewerCount: viewerCount(link.target, link.stream),
      bitrateBps: link.bitrateBps,
    }));
  return [...ours, ...foreign].sort(
    (a, b) => compare(a.stream, b.stream) || compare(a.target ?? '', b.target ?? '') || compare(a.id, b.id),
  );
}

/** The relay that others made under this id of a view. */
export function foreignLink(links: readonly RelayLink[], id: string): RelayLink | undefined {
  return links.find((link) => foreignId(link) === id);
}

function foreignId({ owner, session }: RelayLink): string {
  return `${owner}~${session}`;
}

/** Nodes show a relay from or to one that has left the cluster as one with somebody unknown. */
function isSame(link: RelayLink, cascade: OwnCascade, isKnown: (alias: string) => boolean): boolean {
  const isEnd = (shown: string | null, alias: string) =>
    shown === alias || (shown === null && !isKnown(alias));
  return (
    link.stream === cascade.stream &&
    link.mode === cascade.mode &&
    isEnd(link.source, cascade.source) &&
    isEnd(link.target, cascade.target)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Nodes that a stream is relayed to: by our record, and as the nodes show. */
export function targetsOf(
  stream: string,
  own: readonly OwnCascade[],
  snapshots: readonly NodeSnapshot[],
): Set<string> {
  const aliasOf = aliasFinder(snapshots);
  const links = snapshots.flatMap((snapshot) => {
    const copy = copyOf(snapshot, stream);
    return copy ? linksOfStream(snapshot.node.alias, copy, aliasOf) : [];
  });
  return new Set(
    [...links, ...own].flatMap((each) => {
      return each.stream === stream && each.target !== null ? [each.target] : [];
    }),
  );
}
