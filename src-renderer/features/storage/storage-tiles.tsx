import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { Tile } from '../../components/tile.tsx';
import { TileSkeleton, Tiles, TilesSkeleton } from '../../components/tiles.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatSpanMs } from '../../format/durations.ts';
import { formatBytes, formatCount, formatCounted, formatPercent, splitBytes } from '../../format/numbers.ts';
import { formatDate } from '../../format/times.ts';
import { hrefTo } from '../../router.ts';
import { useZone } from '../../stores/settings-store.ts';
import type { Reading } from '../../stores/use-reading.ts';
import { journalTone, storageToWatch } from '../shell/status-texts.ts';
import { bytesByDay, daysBetween, sumTotals } from './storage-figures.ts';
import { fullInText } from './storage-texts.ts';
import type { Usage } from './use-usage.ts';

const TITLES = ['Recorded', 'Growth', 'Disk', 'Ingest', 'Index lag', 'Journal'];
/** How often the age of what waits is written anew. */
const JOURNAL_CLOCK_MS = 1000;
/** A lag beyond this means that something is wrong: segments last 10 to 15 s. */
const LONG_LAG_MS = 60_000;

export interface StorageTilesProps {
  readonly status: SystemStatus | null;
  readonly usage: Reading<Usage>;
}

/** Six figures of the storage and the index. */
export function StorageTiles({ status, usage }: StorageTilesProps) {
  if (!status) return <TilesSkeleton titles={TITLES} />;
  const storage = storageToWatch(status);
  const { isUp, problem, totalBytes, usedBytes } = storage;
  const freeBytes = usedBytes !== null && totalBytes !== null ? totalBytes - usedBytes : null;
  const fullInDays = usage.value?.storages.find(({ name }) => name === storage.name)?.fullInDays ?? null;
  const isLate = status.indexLagMs !== null && status.indexLagMs > LONG_LAG_MS;
  return (
    <Tiles>
      <UsageTiles usage={usage} />
      <Tile
        title="Disk"
        href={hrefTo('settings', { section: 'storage' })}
        value={usedBytes !== null && totalBytes ? formatPercent(usedBytes / totalBytes) : '–'}
        hint={
          problem ??
          diskHint(
            freeBytes,
            fullInText(fullInDays),
            // Where there are several, it is said which one that is.
            status.otherStorages.length > 0 ? storage.name : null,
            storage.name,
          )
        }
        tone={isUp ? undefined : 'bad'}
      />
      <Tile
        title="Ingest"
        href={hrefTo('storage', { show: 'ingest' })}
        value={status.ingestPerSecond.toFixed(1)}
        unit="segments/s"
        hint={examinedHint(status.analysisQueue)}
      />
      <Tile
        title="Index lag"
        href={hrefTo('storage', { show: 'ingest' })}
        value={status.indexLagMs === null ? '–' : formatSpanMs(status.indexLagMs)}
        hint={status.indexLagMs === null ? 'nothing is recorded now' : 'of what is being recorded'}
        tone={isLate ? 'warn' : undefined}
      />
      <JournalTile journal={status.journal} />
    </Tiles>
  );
}

/** What only the database knows; the other tiles do without it. */
function UsageTiles({ usage: { problem, value: usage } }: Pick<StorageTilesProps, 'usage'>) {
  const zone = useZone();
  const ofRecorded = { title: 'Recorded', href: hrefTo('storage', { show: 'recordings' }) };
  const ofGrowth = { title: 'Growth', href: hrefTo('storage', { show: 'sizes' }) };
  if (!usage) {
    const tiles = [ofRecorded, ofGrowth];
    if (problem === null) return tiles.map(({ title }) => <TileSkeleton key={title} title={title} />);
    return tiles.map((tile) => <Tile key={tile.title} {...tile} value="–" hint="cannot be read now" />);
  }
  const all = sumTotals(usage.totals);
  const perDay = bytesByDay(usage.streams, daysBetween(usage.fromDay, usage.toDay));
  const growth = usage.growthBytesPerDay;
  const recorded = splitBytes(all.sizeBytes);
  const grown = growth === null ? null : splitBytes(growth);
  const streams = formatCounted(usage.totals.length, 'stream');
  return (
    <>
      <Tile
        {...ofRecorded}
        value={recorded.value}
        unit={recorded.unit}
        hint={
          all.startUs === null ? 'no recordings yet' : `${streams} since ${formatDate(all.startUs, zone)}`
        }
      />
      <Tile
        {...ofGrowth}
        value={grown?.value ?? '–'}
        unit={grown ? `${grown.unit} a day` : undefined}
        hint={growth === null ? 'known after the first whole day' : 'mean of the last 7 days'}
        history={growth === null ? undefined : perDay.slice(0, -1)}
        historyLength={perDay.length - 1}
      />
    </>
  );
}

/** Reports that wait for the database. */
function JournalTile({ journal }: { readonly journal: SystemStatus['journal'] }) {
  const { entryCount, maxBytes, oldestAtMs, problem, setAsideCount, usedBytes } = journal;
  const nowMs = useNow(JOURNAL_CLOCK_MS);
  const hint =
    problem ??
    (entryCount > 0 && oldestAtMs !== null
      ? `${formatPercent(usedBytes / Math.max(1, maxBytes))} full, oldest ${formatSpanMs(nowMs - oldestAtMs)} old`
      : setAsideCount > 0
        ? `${formatCounted(setAsideCount, 'report')} set aside`
        : 'nothing waits for the database');
  const isQuiet = problem === null && entryCount === 0 && setAsideCount === 0;
  return (
    <Tile
      title="Journal"
      href={hrefTo('storage', { show: 'ingest' })}
      value={entryCount === 0 ? 'Empty' : formatCount(entryCount)}
      unit={entryCount === 0 ? undefined : 'reports'}
      hint={hint}
      tone={isQuiet ? undefined : journalTone(journal)}
    />
  );
}

function examinedHint(queueLength: number): string {
  if (queueLength === 0) return 'all segments are examined';
  return `${formatCounted(queueLength, 'segment')} to be examined`;
}

function diskHint(freeBytes: number | null, full: string | null, which: string | null, name: string): string {
  if (freeBytes === null) return name;
  return [`${formatBytes(freeBytes)} free`, full, which].filter(Boolean).join(' · ');
}
