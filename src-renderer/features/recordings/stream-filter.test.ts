import { describe, expect, it } from 'vitest';
import { filterStreams, groupBySite } from './stream-filter.ts';

const make = (stream: string, ...nodes: string[]) => ({
  stream,
  nodes,
  startUs: 0,
  endUs: 1,
  isRecording: true,
});
const streams = [
  make('gate-north', 'edge-01'),
  make('lobby', 'cloud-1'),
  make('quay-west', 'edge-01', 'cloud-2'),
];

describe('stream list', () => {
  it('finds streams by name and node', () => {
    expect(filterStreams(streams, 'EDGE quay').map(({ stream }) => stream)).toEqual(['quay-west']);
    expect(filterStreams(streams, '')).toHaveLength(3);
    expect(filterStreams(streams, 'nothing')).toEqual([]);
  });

  it('groups by site, those without one last', () => {
    const groups = groupBySite(streams, (node) => (node.startsWith('edge') ? 'Harbour' : ''));
    expect(groups.map(({ site, streams: members }) => [site, members.length])).toEqual([
      ['Harbour', 2],
      ['', 1],
    ]);
  });
});
