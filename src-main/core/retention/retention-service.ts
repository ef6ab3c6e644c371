import type {
  RetentionPreview,
  RetentionRule,
  RetentionRuleInput,
  RetentionState,
  StorageForecast,
} from '../../../src-shared/model/retention.ts';
import type { AlertService } from '../alerts/alert-service.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { planRetention } from './plan-retention.ts';
import { previewRetention } from './preview-retention.ts';
import { readForecast, type StorageRoom } from './read-forecast.ts';
import type { RetentionTools } from './retention-tools.ts';
import { RetentionWorker } from './retention-worker.ts';
import { readRules, writeRules } from './rule-table.ts';
import { fileRules } from './rules.ts';
import { runRetention } from './run-retention.ts';
import { readProblems, readRuns } from './run-table.ts';

export interface RetentionServiceOptions {
  readonly config: Config['retention'];
  readonly database: Database;
  readonly store: ObjectStore;
  /** Those that nodes record to. */
  readonly storages: {
    readonly all: readonly { readonly store: Pick<ObjectStore, 'name' | 'usage'> }[];
    ofNode(alias: string): { readonly store: Pick<ObjectStore, 'name'> };
  };
  readonly isSamePlace: RetentionTools['isSamePlace'];
  readonly alerts: Pick<AlertService, 'raise' | 'resolve'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What recordings are kept how long. */
export interface RetentionService extends Closeable {
  /** Begins to remove, every hour; may be called again, also after `close`. */
  start(): void;
  /** Rules, runs, problems and when room ends. */
  state(): Promise<RetentionState>;
  /** When room ends; of some streams only how they grow, as the others fill the storage too. */
  forecast(streams?: readonly string[]): Promise<StorageForecast>;
  /** What the rules would remove now; with `draft` in place of those made in the window. */
  preview(draft: readonly RetentionRuleInput[] | null, signal?: AbortSignal): Promise<RetentionPreview>;
  /** The rules made in the window. */
  windowRules(): Promise<RetentionRuleInput[]>;
  /** Puts these rules in place of those made in the window. Nothing is removed before the next run. */
  setRules(rules: readonly RetentionRuleInput[], by: string): Promise<RetentionRule[]>;
  /** Begins to remove now. Throws conflict while a removal is under way. */
  begin(): void;
  /** An export that needed a stream from `startUs` on is over: what is due of it goes soon. */
  noteReleased(stream: string, startUs: number): Promise<void>;
  /** Tells listeners that another manager changed rules or runs. */
  noteForeignChange(): void;
  /** Called when rules or runs changed. Returns how to stop. */
  onDidChange(listener: () => void): () => void;
}

export function createRetentionService(options: RetentionServiceOptions): RetentionService {
  const { alerts, clock, database, isSamePlace, logger, storages, store } = options;
  const ofFile = fileRules(options.config);
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  const allRules = async () => [...ofFile, ...(await readRules(database))];

  const worker = new RetentionWorker({
    run: (signal) => {
      tell();
      return runRetention({ database, store, isSamePlace, clock, logger, signal }, allRules);
    },
    onRun: (run, problem) => {
      const object = { kind: 'storage', name: store.name } as const;
      if (problem === null) alerts.resolve('retention-trouble', object);
      else {
        const next = 'What should be gone is still there; it is tried again by itself.';
        alerts.raise('retention-trouble', object, `${problem} ${next}`, { runId: run?.id ?? null });
      }
      tell();
    },
    clock,
    logger,
  });

  const forecast = async (rules: readonly RetentionRule[], streams: readonly string[] | null) => {
    const rooms = streams === null ? await Promise.all(storages.all.map(({ store }) => roomOf(store))) : [];
    const ofNode = (alias: string) => storages.ofNode(alias).store.name;
    return readForecast(database, rules, { rooms, roomOf: ofNode }, nowUs(clock), streams);
  };
  return {
    start: () => worker.start(),
    close: () => worker.close(),
    async state() {
      const rules = await allRules();
      const [runs, problems, ofAll] = await Promise.all([
        readRuns(database),
        readProblems(database),
        forecast(rules, null),
      ]);
      return { rules, runs, problems, nextRunAtMs: worker.nextRunMs, forecast: ofAll };
    },
    forecast: async (streams) => forecast(await allRules(), streams ?? null),
    async preview(draft, signal) {
      const rules = draft === null ? await allRules() : [...ofFile, ...draft.map(draftRule)];
      return previewRetention(database, rules, nowUs(clock), signal);
    },
    windowRules: async () =>
      (await readRules(database)).map(({ keepDays, maxBytes, streams }) => ({ streams, keepDays, maxBytes })),
    async setRules(rules, by) {
      await writeRules(database, rules.map(checkRule), by);
      tell();
      return allRules();
    },
    begin: () => worker.begin(),
    async noteReleased(stream, startUs) {
      if (worker.nextRunMs === null) return;
      const { streams } = await planRetention(database, await allRules(), nowUs(clock));
      if (streams.some((plan) => plan.stream === stream && plan.cutoffUs > startUs)) worker.hurry();
    },
    noteForeignChange: tell,
    onDidChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** How much room a storage has now; of one that is away it is not known. */
async function roomOf(store: Pick<ObjectStore, 'name' | 'usage'>): Promise<StorageRoom> {
  const usage = await store.usage().catch(() => null);
  return {
    name: store.name,
    freeBytes: usage && Math.max(0, usage.totalBytes - usage.usedBytes),
    disk: usage?.disk ?? store.name,
  };
}

function draftRule(rule: RetentionRuleInput, index: number): RetentionRule {
  return {
    ...checkRule(rule, index),
    id: `draft-${index + 1}`,
    source: 'window',
    updatedBy: '',
    updatedAtMs: null,
  };
}

function checkRule(rule: RetentionRuleInput, index: number): RetentionRuleInput {
  const streams = [
    ...new Set(rule.streams.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '')),
  ];
  if (streams.length === 0) {
    throw new AppError('bad_request', `Rule ${index + 1} names no streams. Give patterns, or * for all.`);
  }
  return { ...rule, streams };
}
