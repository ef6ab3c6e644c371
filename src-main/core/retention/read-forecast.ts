import { sql } from 'kysely';
import type { RetentionRule, StorageForecast, StorageOutlook } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { fullInDays, groupsOn, limitInDays, settledBytes, sumByRule } from './forecast-storage.ts';
import { createRuleFinder } from './rules.ts';

const BASIS_DAYS = 7;

interface StreamGrowth {
  stream: string;
  node_alias: string;
  stored_bytes: number;
  recent_bytes: number;
}

/** A storage that may get full. */
export interface StorageRoom {
  readonly name: string;
  /** Null where it knows no limit. */
  readonly freeBytes: number | null;
  /** Storages of the same one share its space. */
  readonly disk: string;
}

/** The storages, and which of them each node records to, by name. */
export interface StorageRooms {
  readonly rooms: readonly StorageRoom[];
  readonly roomOf: (nodeAlias: string) => string;
}

/**
 * When room ends, from what was recorded on the last whole days (seven at most, counted from the first recording).
 *
 * What a node has stored counts for the storage that it records to now. `streams` null for all.
 */
export async function readForecast(
  { db }: Database,
  rules: readonly RetentionRule[],
  { roomOf, rooms }: StorageRooms,
  nowUs: number,
  streams: readonly string[] | null = null,
): Promise<StorageForecast> {
  const today = Math.floor(nowUs / US_PER_DAY);
  const { rows } = await sql<StreamGrowth>`
    select stream, node_alias, sum(size_bytes)::bigint as stored_bytes,
      coalesce(sum(size_bytes) filter (where day >= ${today - BASIS_DAYS} and day < ${today}), 0)::bigint as recent_bytes
    from day_totals where ${streams}::text[] is null or stream = any(${streams}::text[])
    group by stream, node_alias order by stream, node_alias
  `.execute(db);
  const { rows: firsts } = await sql<{ day: number | null }>`
    select min(day) as day from day_totals where day >= ${today - BASIS_DAYS} and day <= ${today}
      and (${streams}::text[] is null or stream = any(${streams}::text[]))
  `.execute(db);
  const basisDays = Math.min(BASIS_DAYS, today - (firsts[0]?.day ?? today));
  const growthOf = (recentBytes: number) => (basisDays === 0 ? 0 : Math.round(recentBytes / basisDays));
  const findRule = createRuleFinder(rules);
  const recorded = rows.map((row) => ({
    rule: findRule(row.stream),
    room: roomOf(row.node_alias),
    storedBytes: row.stored_bytes,
    growthBytes: growthOf(row.recent_bytes),
  }));
  const groups = sumByRule(recorded);
  for (const [rule, group] of groups) if (rule) group.settlesAtBytes = settledBytes(group.growthBytes, rule);
  const storages = rooms
    .map(({ disk, freeBytes, name }) => {
      const names = rooms.filter((room) => room.disk === disk).map((room) => room.name);
      const onDisk = groupsOn(
        recorded.filter(({ room }) => names.includes(room)),
        groups,
      );
      const growth = recorded.reduce((sum, each) => sum + (each.room === name ? each.growthBytes : 0), 0);
      return {
        name,
        freeBytes,
        growthBytesPerDay: basisDays === 0 ? null : growth,
        fullInDays: freeBytes === null || basisDays === 0 ? null : fullInDays(onDisk, freeBytes),
      };
    })
    .sort((a, b) => (a.fullInDays ?? LATEST_DAYS) - (b.fullInDays ?? LATEST_DAYS));
  const growthBytesPerDay =
    basisDays === 0 ? null : recorded.reduce((sum, { growthBytes }) => sum + growthBytes, 0);
  return {
    growthBytesPerDay,
    basisDays,
    freeBytes: storages[0]?.freeBytes ?? null,
    fullInDays: storages[0]?.fullInDays ?? null,
    storages,
    rules: rules.map((rule) => {
      const group = groups.get(rule) ?? { storedBytes: 0, growthBytes: 0, settlesAtBytes: null };
      return {
        ruleId: rule.id,
        storedBytes: group.storedBytes,
        growthBytesPerDay: basisDays === 0 ? null : group.growthBytes,
        reachesLimitInDays: limitInDays(group.storedBytes, group.growthBytes, rule.maxBytes),
        settlesAtBytes: basisDays === 0 ? null : group.settlesAtBytes,
      };
    }),
    text: textOf(growthBytesPerDay, basisDays, storages),
  };
}

const LATEST_DAYS = Number.MAX_SAFE_INTEGER;
/** Beyond this a number of days says nothing. */
const LONG_DAYS = 3650;

function textOf(
  growthBytesPerDay: number | null,
  basisDays: number,
  storages: readonly StorageOutlook[],
): string {
  if (growthBytesPerDay === null) return 'Not enough was recorded yet to tell when the storage is full.';
  if (growthBytesPerDay === 0) return `Nothing was recorded in the last ${daysText(basisDays)}.`;
  const [first] = storages;
  const full = first?.fullInDays ?? null;
  const isOne = storages.length <= 1;
  if (storages.every(({ freeBytes }) => freeBytes === null)) {
    return `${isOne ? 'The storage tells' : 'The storages tell'} no limit, so it cannot be said when ${isOne ? 'it is' : 'they are'} full.`;
  }
  if (full === null) {
    return isOne
      ? 'The rules keep the storage from getting full, as recording goes now.'
      : 'No storage that tells its limit gets full, as recording goes now.';
  }
  const name = isOne ? 'The storage' : `The storage ${first?.name}`;
  if (full < 1) return `${name} is full in less than a day, as recording goes now.`;
  if (full > LONG_DAYS) {
    const which = storages.some(({ freeBytes }) => freeBytes === null)
      ? 'No storage that tells its limit is'
      : 'No storage is';
    return `${isOne ? 'The storage is not' : which} full within ten years, as recording goes now.`;
  }
  return `${name} is full in ${daysText(Math.floor(full))}, as recording went in the last ${daysText(basisDays)}.`;
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
