import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { filterByText } from '../../components/option-filter.ts';
import type { SearchOption } from '../../components/option-search.tsx';
import { parseTime } from '../../format/time-parser.ts';
import { formatDateTime } from '../../format/times.ts';
import { shiftDaysUs } from '../../format/zone-time.ts';

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

/** What fits the query: a time if it has figures, then views and commands, a time that is a word, streams, nodes. */
export function paletteOptions(
  query: string,
  sources: PaletteSources,
  actions: PaletteActions,
): PaletteOption[] {
  const { fixed, nodes, streams, zone, nowUs } = sources;
  const time = recordedTime(query, zone, nowUs);
  const times: PaletteOption[] =
    time === null
      ? []
      : [
          {
            id: 'time',
            group: 'Time',
            label: `Go to ${formatDateTime(time, zone)}`,
            hint: 'Recordings',
            run: () => actions.openTime(time),
          },
        ];
  const found = filterByText(fixed, query, (option) => option.label);
  // "live" is a time and a view.
  const options = /\d/.test(query) ? [...times, ...found] : [...found, ...times];
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

/** The time that was typed; a time of day that is still to come today is yesterday's, as nothing is recorded yet. */
function recordedTime(query: string, zone: string, nowUs: number): number | null {
  const time = parseTime(query, { timeZone: zone, referenceUs: nowUs, nowUs });
  if (!time.ok) return null;
  if (time.us <= nowUs || !/^\s*\d{1,2}:[\d:.,]*\s*$/.test(query)) return time.us;
  const before = parseTime(query, { timeZone: zone, referenceUs: shiftDaysUs(nowUs, -1, zone), nowUs });
  return before.ok ? before.us : time.us;
}
