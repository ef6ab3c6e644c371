import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { codecNames } from '../../format/codecs.ts';

export const STREAM_SHOWS = ['all', 'live', 'recording', 'unrecorded'] as const;
export type StreamShow = (typeof STREAM_SHOWS)[number];

export const SHOW_OPTIONS: readonly { readonly value: StreamShow; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'live', label: 'Live' },
  { value: 'recording', label: 'Recording' },
  { value: 'unrecorded', label: 'Live, not recorded' },
];

export function parseShow(text: string | null): StreamShow {
  return STREAM_SHOWS.find((show) => show === text) ?? 'all';
}

/** Whether a stream belongs to what is shown. */
export function belongsTo(stream: StreamView, show: StreamShow): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'live':
      return stream.isLive;
    case 'recording':
      return stream.isRecording;
    case 'unrecorded':
      return stream.isLive && !stream.isRecording;
  }
}

/** Whether a stream fits what was typed: its id, nodes or codecs. */
export function fitsStreamFilter(stream: StreamView, filter: string): boolean {
  const nodes = stream.nodes.map((node) => node.alias).join(' ');
  const haystack = `${stream.id} ${nodes} ${codecNames(stream.codecs)}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
