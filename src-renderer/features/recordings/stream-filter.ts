import type { RecordedStream } from '../../../src-shared/model/segment.ts';

/** Streams whose name or one of whose nodes holds every word of `text`, in their order. */
export function filterStreams(streams: readonly RecordedStream[], text: string): RecordedStream[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return streams.filter(({ stream, nodes }) => {
    const hay = [stream, ...nodes].join(' ').toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

export interface StreamGroup {
  /** Empty where the site of the nodes is not known. */
  readonly site: string;
  readonly streams: readonly RecordedStream[];
}

/** Streams by the site of their first node that has one; groups by name, streams without a site last. */
export function groupBySite(
  streams: readonly RecordedStream[],
  siteOf: (node: string) => string,
): StreamGroup[] {
  const groups = new Map<string, RecordedStream[]>();
  for (const stream of streams) {
    const site = stream.nodes.map(siteOf).find(Boolean) ?? '';
    groups.set(site, [...(groups.get(site) ?? []), stream]);
  }
  return [...groups]
    .map(([site, members]) => ({ site, streams: members }))
    .sort((a, b) => Number(a.site === '') - Number(b.site === '') || (a.site < b.site ? -1 : 1));
}
