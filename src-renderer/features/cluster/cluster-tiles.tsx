import type { LoadSample } from '../../../src-shared/model/load-sample.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { Tile } from '../../components/tile.tsx';
import { Tiles, TilesSkeleton } from '../../components/tiles.tsx';
import { bitRate, formatBitRate, formatCount, formatPercent } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { sampleOf } from '../../stores/load-history.ts';
import { storageToWatch } from '../shell/status-texts.ts';
import { nodesHint, recordingTotals, storageHint, streamsHint, viewersHint } from './cluster-totals.ts';
import { isAnswering, needsAttention } from './node-words.ts';

const TITLES = ['Nodes', 'Streams live', 'Viewers', 'Recording', 'Traffic out', 'Storage'];

export interface ClusterTilesProps {
  readonly nodes: readonly NodeView[];
  readonly streams: readonly StreamView[];
  readonly status: SystemStatus | null;
  readonly history: readonly LoadSample[];
  readonly nowMs: number;
  readonly isLoading: boolean;
}

/** Six figures of the whole cluster. */
export function ClusterTiles(props: ClusterTilesProps) {
  const { nodes, streams, status, history, nowMs, isLoading } = props;
  if (isLoading) return <TilesSkeleton titles={TITLES} />;
  const load = sampleOf(streams, nowMs);
  const up = nodes.filter(isAnswering).length;
  const isTroubled = nodes.some(needsAttention);
  const recording = recordingTotals(streams);
  const out = bitRate(load.bitrateOutBps);
  const storage = status ? storageToWatch(status) : null;
  const used = storage?.usedBytes ?? null;
  const total = storage?.totalBytes ?? null;
  return (
    <Tiles>
      <Tile
        title="Nodes"
        href={hrefTo('cluster', isTroubled ? { show: 'attention' } : {})}
        value={formatCount(up)}
        unit={`of ${formatCount(nodes.length)}`}
        hint={nodesHint(nodes)}
        tone={isTroubled ? (up < nodes.length ? 'bad' : 'warn') : undefined}
      />
      <Tile
        title="Streams live"
        href={hrefTo('streams', { show: 'live' })}
        value={formatCount(load.liveStreams)}
        hint={streamsHint(streams, nowMs)}
        history={history.map((sample) => sample.liveStreams)}
      />
      <Tile
        title="Viewers"
        href={hrefTo('streams', { sort: 'viewers' })}
        value={formatCount(load.viewers)}
        hint={viewersHint(streams)}
        history={history.map((sample) => sample.viewers)}
      />
      <Tile
        title="Recording"
        href={hrefTo('streams', { show: recording.recording < recording.live ? 'unrecorded' : 'recording' })}
        value={formatCount(recording.recording)}
        unit={`of ${formatCount(recording.live)}`}
        hint={recording.hint}
        tone={recording.recording < recording.live ? 'warn' : undefined}
      />
      <Tile
        title="Traffic out"
        href={hrefTo('streams', { sort: 'out' })}
        value={out.value}
        unit={out.unit}
        hint={`in ${formatBitRate(load.bitrateInBps)}`}
        history={history.map((sample) => sample.bitrateOutBps)}
      />
      <Tile
        title="Storage"
        href={hrefTo('storage')}
        value={used !== null && total ? formatPercent(used / total) : '–'}
        hint={storage?.problem ?? storageHint(used, total)}
        tone={storage?.isUp === false ? 'bad' : undefined}
      />
    </Tiles>
  );
}
