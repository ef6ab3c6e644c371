import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { compareNames } from '../../stores/keyed-list.ts';

/** Streams whose name or one of whose nodes holds every word of `text`: live ones first, then by name. */
export function orderStreams(streams: readonly StreamView[], text: string): readonly StreamView[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return streams
    .filter(({ id, nodes }) => {
      const hay = [id, ...nodes.map(({ alias }) => alias)].join(' ').toLowerCase();
      return words.every((word) => hay.includes(word));
    })
    .sort((a, b) => Number(b.isLive) - Number(a.isLive) || compareNames(a.id, b.id));
}
