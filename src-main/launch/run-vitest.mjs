import path from 'node:path';
import { neededTools } from './needed-tools.mjs';
import { rootDir } from './paths.mjs';
import { runReporting } from './run-tool.mjs';
import { countVitest } from './test-counts.mjs';

const vitest = 'vitest/vitest.mjs';
const retriedReporter = path.join(import.meta.dirname, 'retried-reporter.mjs');
const listTimeoutMs = 2 * 60_000;

/**
 * Runs projects of vitest.config.ts; files that need a missing tool are named, left out and counted as skipped.
 *
 * @param {readonly string[]} projects
 * @param {readonly string[]} missingTools
 * @param {number} timeoutMs
 * @returns {Promise<import('./test-counts.mjs').Counts>}
 */
export async function runVitest(projects, missingTools, timeoutMs) {
  const selection = projects.flatMap((project) => ['--project', project]);
  const { runnable, skipped } =
    missingTools.length > 0 ? await sortTests(missingTools, selection) : everything;
  if (runnable.length === 0 && skipped > 0) return { passed: 0, failed: 0, skipped };
  const { isOk, report } = await runReporting(
    vitest,
    (file) => [
      'run',
      ...runnable,
      ...selection,
      '--reporter=default',
      '--reporter=json',
      `--reporter=${retriedReporter}`,
      `--outputFile.json=${file}`,
    ],
    { timeoutMs, name: `vitest-${projects.join('-')}` },
  );
  const counts = countVitest(report, isOk);
  return { ...counts, skipped: counts.skipped + skipped };
}

/** @type {{ runnable: readonly string[], skipped: number }} no file named means all */
const everything = { runnable: [], skipped: 0 };

/**
 * @param {readonly string[]} missingTools
 * @param {readonly string[]} selection
 * @returns {Promise<typeof everything>} the files that can run here, and the number of tests in the others
 */
async function sortTests(missingTools, selection) {
  const { report } = await runReporting(vitest, (file) => ['list', ...selection, `--json=${file}`], {
    timeoutMs: listTimeoutMs,
    name: 'vitest-list',
  });
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { file } of Array.isArray(report) ? report : []) counts.set(file, (counts.get(file) ?? 0) + 1);
  const runnable = [];
  let skipped = 0;
  for (const [file, tests] of counts) {
    const name = path.relative(rootDir, file);
    const needed = neededTools(file, missingTools);
    if (needed.length === 0) runnable.push(name);
    else {
      skipped += tests;
      console.log(`Skipped for want of ${needed.join(' and ')}: ${name} (${tests} tests)`);
    }
  }
  return { runnable, skipped };
}
