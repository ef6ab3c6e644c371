import type { Stream } from '../model/node-json.ts';

const NONE: ReadonlySet<string> = new Set();

/** The id of the session that a WHIP or WHEP session URL is of: its last part. */
export function sessionOfUrl(url: string | undefined): string | null {
  return url ? url.slice(url.lastIndexOf('/') + 1) : null;
}

/**
 * Ids of the sessions that nodes have made on other nodes, of the copies of one stream: where a node pushes to, the
 * publisher; where it pulls from, a viewer. Their nodes list them like any other; only the maker names them.
 */
export function relayEndsOf(copies: readonly Pick<Stream, 'publish' | 'subscribe'>[]): ReadonlySet<string> {
  let ends: Set<string> | null = null;
  for (const { publish, subscribe } of copies) {
    for (const sessions of [publish.sessions, subscribe.sessions]) {
      for (const { cascade } of sessions) {
        const end = sessionOfUrl(cascade?.sessionUrl);
        if (end === null) continue;
        ends ??= new Set();
        ends.add(end);
      }
    }
  }
  return ends ?? NONE;
}
