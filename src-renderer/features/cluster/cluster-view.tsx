import { ErrorState } from '../../components/error-state.tsx';
import { ResizablePanel } from '../../components/resizable-panel.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { useNow } from '../../components/use-now.ts';
import { replaceQuery, useRoute } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { readAll } from '../../stores/live-sync.ts';
import { setPanelClosed, setPanelSize, useSettingsStore } from '../../stores/settings-store.ts';
import { savedChoice, useSaved } from '../../stores/use-saved.ts';
import { FirstRun } from '../first-run/first-run.tsx';
import { TopologyMap } from '../topology/topology-map.tsx';
import { AddNodeButton } from './add-node-button.tsx';
import { ClusterTiles } from './cluster-tiles.tsx';
import styles from './cluster-view.module.css';
import { NodeDetails } from './node-details.tsx';
import { NodeHint } from './node-hint.tsx';
import { fitsFilter, NodeList } from './node-list.tsx';

const PANEL = 'node-details';
const PANEL_DEFAULT_PX = 304;
const SHAPE_OPTIONS = [
  { value: 'table', label: 'Table' },
  { value: 'map', label: 'Map of links' },
] as const;

const readShape = savedChoice(['table', 'map'], 'table');

/** Totals, nodes, and the details of the one that is selected. */
export function ClusterView() {
  const { phase, problem, nodes, streams, status, history } = useClusterStore();
  const panelPx = useSettingsStore((state) => state.panelSizes[PANEL] ?? PANEL_DEFAULT_PX);
  const isHintClosed = useSettingsStore((state) => state.closedPanels[PANEL] ?? false);
  const [shape, setShape] = useSaved('cluster-shape', readShape);
  const route = useRoute();
  const nowMs = useNow(1000);
  const alias = route?.query.get('node') ?? null;
  const show = route?.query.get('show') ?? undefined;
  const selected = nodes.find((node) => node.alias === alias) ?? null;

  if (phase === 'failed') {
    return (
      <div className={styles.fill}>
        <ErrorState
          title="The cluster cannot be read"
          message={problem ?? ''}
          onRetry={() => void readAll()}
        />
      </div>
    );
  }
  if (phase === 'ready' && nodes.length === 0) return <FirstRun />;
  const shapeChoice = (
    <Segmented label="How the nodes are shown" value={shape} options={SHAPE_OPTIONS} onChange={setShape} />
  );
  const onSelect = (node: string): void => replaceQuery({ show, node });
  return (
    <div className={styles.view}>
      <ClusterTiles
        nodes={nodes}
        streams={streams}
        status={status}
        history={history}
        nowMs={nowMs}
        isLoading={phase === 'loading'}
      />
      <div className={styles.columns}>
        {shape === 'map' ? (
          <TopologyMap
            nodes={nodes}
            streams={streams}
            selectedAlias={selected?.alias ?? null}
            onSelect={onSelect}
            fitsFilter={fitsFilter}
            actions={<AddNodeButton />}
          >
            {shapeChoice}
          </TopologyMap>
        ) : (
          <NodeList
            nodes={nodes}
            nowMs={nowMs}
            isLoading={phase === 'loading'}
            showsAttentionOnly={show === 'attention'}
            selectedAlias={selected?.alias ?? null}
            onSelect={onSelect}
            onShowAll={() => replaceQuery({ node: selected?.alias })}
          >
            {shapeChoice}
          </NodeList>
        )}
        {(selected || !isHintClosed) && (
          <ResizablePanel
            label="Node details"
            side="right"
            sizePx={panelPx}
            minPx={260}
            maxPx={560}
            onResize={(px) => setPanelSize(PANEL, px)}
          >
            {selected ? (
              <NodeDetails
                node={selected}
                streams={streams}
                nowMs={nowMs}
                onClose={() => {
                  setPanelClosed(PANEL, true);
                  replaceQuery({ show });
                }}
              />
            ) : (
              <NodeHint onClose={() => setPanelClosed(PANEL, true)} />
            )}
          </ResizablePanel>
        )}
      </div>
    </div>
  );
}
