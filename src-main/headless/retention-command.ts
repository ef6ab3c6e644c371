import type {
  RetentionPreview,
  RetentionProblem,
  RetentionRule,
  RetentionRun,
} from '../../src-shared/model/retention.ts';
import { nowUs, systemClock } from '../core/base/clock.ts';
import { counted } from '../core/base/counted.ts';
import { readStoredNodes } from '../core/nodes/node-table.ts';
import { previewRetention } from '../core/retention/preview-retention.ts';
import { readRules } from '../core/retention/rule-table.ts';
import { fileRules } from '../core/retention/rules.ts';
import { runRetention } from '../core/retention/run-retention.ts';
import { readProblems } from '../core/retention/run-table.ts';
import { openStorage } from '../core/services/open-storage.ts';
import { STOPPED, withDatabase } from './command-database.ts';
import type { Places } from './places.ts';
import type { RetentionArguments } from './retention-arguments.ts';

const MS_PER_DAY = 86_400_000;

/** `liveman retention`: says what the rules would remove, or removes it. 1 where not all of it could be removed. */
export function runRetentionCommand(args: RetentionArguments, places: Places): Promise<number> {
  return withDatabase(args.configPath, places, async ({ config, database, logger, signal }) => {
    const allRules = async () => [...fileRules(config.retention), ...(await readRules(database))];
    try {
      if (!args.isRun) {
        const rules = await allRules();
        const preview = await previewRetention(database, rules, nowUs(systemClock), signal);
        print(args.isJson ? JSON.stringify(preview) : previewText(preview, rules));
        return 0;
      }
      const nodes = [...config.nodes, ...(await readStoredNodes(database))];
      const { places: nodePlaces, store } = await openStorage({
        config,
        dataDir: places.dataDir,
        cwd: process.cwd(),
        database,
        storageNameOf: (alias) => nodes.find((node) => node.alias === alias)?.storage ?? '',
      });
      const isSamePlace = (a: string, b: string) => nodePlaces.isShared(a, b);
      const run = await runRetention(
        { database, store, isSamePlace, clock: systemClock, logger, signal },
        allRules,
      );
      print(args.isJson ? JSON.stringify(run) : runText(run, await readProblems(database)));
      return run.state === 'done' ? 0 : 1;
    } catch (error) {
      if (!signal.aborted) throw error;
      process.stderr.write('Stopped. The next run goes on from here.\n');
      return STOPPED;
    }
  });
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
  const sum = `Would remove ${counted(segments, 'segment')}, ${hoursText(durationUs)}, ${bytesText(bytes)}. Nothing was changed.`;
  return [...lines, ...problems, ...more, sum].join('\n');
}

/** What a run removed, and of each folder what withstood. */
function runText({ bytes, problem, segments }: RetentionRun, problems: readonly RetentionProblem[]): string {
  const removed = `Removed ${counted(segments, 'segment')}, ${bytesText(bytes)}.`;
  if (problem === null) return removed;
  const reasons = problems.map(
    (each) => `${each.stream}  ${counted(each.objectCount, 'object')}: ${each.problem}`,
  );
  return [`${removed} ${problem}`, ...reasons].join('\n');
}

function hoursText(durationUs: number): string {
  return `${(durationUs / 3_600_000_000).toFixed(2)} h of recording`;
}

function bytesText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
