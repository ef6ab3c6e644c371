import { join } from 'node:path';
import type { RetentionPreview, RetentionRule, RetentionRun } from '../../src-shared/model/retention.ts';
import { nowUs, systemClock } from '../core/base/clock.ts';
import { createLogger } from '../core/base/logger.ts';
import { openManagerDatabase } from '../core/db/manager-database.ts';
import { previewRetention } from '../core/retention/preview-retention.ts';
import { readRules } from '../core/retention/rule-table.ts';
import { fileRules } from '../core/retention/rules.ts';
import { runRetention } from '../core/retention/run-retention.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import { openConfig } from '../core/secrets/open-config.ts';
import { openStorage } from '../core/services/open-storage.ts';
import type { Places } from './places.ts';
import type { RetentionArguments } from './retention-arguments.ts';

const MS_PER_DAY = 86_400_000;

/** `liveman retention`: says what the rules would remove, or removes it. 1 where not all of it could be removed. */
export async function runRetentionCommand(args: RetentionArguments, places: Places): Promise<number> {
  const { dataDir } = places;
  const cwd = process.cwd();
  const { config } = await openConfig({
    path: args.configPath,
    env: { ...process.env },
    cwd,
    dataDir,
    isDesktop: false,
    loadKeychain: loadOsKeychain,
  });
  const logger = createLogger(config.log.level);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const managerDatabase = await openManagerDatabase({
    url: config.database.url,
    maxConnections: config.database.max_connections,
    connectTimeoutSec: config.database.connect_timeout,
    dataDir,
    migrationsDir: join(places.packageDir, 'migrations'),
    programVersion: places.version,
    mayShare: true,
    clock: systemClock,
    logger,
    signal: stop.signal,
  });
  try {
    const { database } = managerDatabase;
    const allRules = async () => [...fileRules(config.retention), ...(await readRules(database))];
    if (!args.isRun) {
      const rules = await allRules();
      const preview = await previewRetention(database, rules, nowUs(systemClock), stop.signal);
      print(args.isJson ? JSON.stringify(preview) : previewText(preview, rules));
      return 0;
    }
    const { store } = await openStorage({ config: config.recorder.storage, dataDir, cwd, database });
    const tools = { database, store, clock: systemClock, logger, signal: stop.signal };
    const run = await runRetention(tools, allRules);
    print(args.isJson ? JSON.stringify(run) : runText(run));
    return run.state === 'done' ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('Stopped. The next run goes on from here.\n');
    return 130;
  } finally {
    await managerDatabase.close();
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line per stream and day, then the sums; in the order of the preview. */
export function previewText(preview: RetentionPreview, rules: readonly RetentionRule[]): string {
  if (rules.length === 0) return 'There are no retention rules: everything is kept.';
  const lines = preview.streams.flatMap(({ days, kept, stream }) => [
    ...days.map(({ bytes, day, durationUs, segments }) => {
      const date = new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
      return `${stream}  ${date}  ${segments} segments  ${hoursText(durationUs)}  ${bytesText(bytes)}`;
    }),
    ...kept.map(
      ({ bytes, segments, text }) => `${stream}  stays: ${segments} segments  ${bytesText(bytes)}. ${text}`,
    ),
  ]);
  const problems = preview.rules.flatMap(({ problem, ruleId }) => {
    const streams = rules.find(({ id }) => id === ruleId)?.streams.join(' ') ?? ruleId;
    return problem === null ? [] : [`Rule ${streams}: ${problem}`];
  });
  const more = preview.isComplete ? [] : ['More streams are counted in the sum than are listed here.'];
  const { bytes, durationUs, segments } = preview;
  const sum = `Would remove ${segments} segments, ${hoursText(durationUs)}, ${bytesText(bytes)}. Nothing was changed.`;
  return [...lines, ...problems, ...more, sum].join('\n');
}

function runText({ bytes, problem, segments }: RetentionRun): string {
  const removed = `Removed ${segments} segments, ${bytesText(bytes)}.`;
  return problem === null ? removed : `${removed} ${problem}`;
}

function hoursText(durationUs: number): string {
  return `${(durationUs / 3_600_000_000).toFixed(2)} h`;
}

function bytesText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
