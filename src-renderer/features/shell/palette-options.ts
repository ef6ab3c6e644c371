import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { filterByText } from '../../components/option-filter.ts';
import type { SearchOption } from '../../components/option-search.tsx';
import { parseTime } from '../../format/time-parser.ts';
import { formatDateTime } from '../../format/times.ts';

export interface PaletteOption extends SearchOption {
  readonly run: () => void;
}

export interface PaletteActions {
  readonly openNode: (alias: string) => void;
  readonly openStream: (id: string) => void;
  readonly openTime: (timeUs: number) => void;
}

export interface PaletteSources {
  /** Views and commands, ready to run. */
  readonly fixed: readonly PaletteOption[];
  readonly nodes: readonly NodeView[];
  readonly streams: readonly StreamView[];
  readonly zone: string;
  readonly nowUs: number;
}

const PER_GROUP = 8;

/** What fits the query: a time if it is one, then views and commands, streams, nodes. */
export function paletteOptions(
  query: string,
  sources: PaletteSources,
  actions: PaletteActions,
): PaletteOption[] {
  const { fixed, nodes, streams, zone, nowUs } = sources;
  const options: PaletteOption[] = [];
  const time = parseTime(query, { timeZone: zone, referenceUs: nowUs, nowUs });
  if (time.ok) {
    options.push({
      id: 'time',
      group: 'Time',
      label: `Go to ${formatDateTime(time.us, zone)}`,
      hint: 'Recordings',
      run: () => actions.openTime(time.us),
    });
  }
  options.push(...filterByText(fixed, query, (option) => option.label));
  const foundStreams = filterByText(streams, query, (stream) => stream.id, PER_GROUP);
  for (const stream of foundStreams) {
    options.push({
      id: `stream:${stream.id}`,
      group: 'Streams',
      label: stream.id,
      hint: stream.isLive ? 'live' : 'not live',
      run: () => actions.openStream(stream.id),
    });
  }
  const foundNodes = filterByText(nodes, query, (node) => `${node.alias} ${node.site}`, PER_GROUP);
  for (const node of foundNodes) {
    options.push({
      id: `node:${node.alias}`,
      group: 'Nodes',
      label: node.alias,
      hint: node.site || undefined,
      run: () => actions.openNode(node.alias),
    });
  }
  return options;
}
