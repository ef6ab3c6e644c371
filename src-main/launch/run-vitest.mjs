import path from 'node:path';
import { neededTools } from './needed-tools.mjs';
import { rootDir } from './paths.mjs';
import { runReporting } from './run-tool.mjs';
import { countVitest } from './test-counts.mjs';

const vitest = 'vitest/vitest.mjs';
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
  const skipped = missingTools.length > 0 ? await testsWithout(missingTools, selection) : new Map();
  const excludes = [...skipped.keys()].flatMap((file) => ['--exclude', path.relative(rootDir, file)]);
  const { isOk, report } = await runReporting(
    vitest,
    (file) => [
      'run',
      ...selection,
      ...excludes,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    { timeoutMs, name: `vitest-${projects.join('-')}` },
  );
  const counts = countVitest(report, isOk);
  const left = [...skipped.values()].reduce((sum, tests) => sum + tests, 0);
  return { ...counts, skipped: counts.skipped + left };
}

/**
 * @param {readonly string[]} missingTools
 * @param {readonly string[]} selection
 * @returns {Promise<Map<string, number>>} files that cannot run here, with the number of their tests
 */
async function testsWithout(missingTools, selection) {
  const { report } = await runReporting(vitest, (file) => ['list', ...selection, `--json=${file}`], {
    timeoutMs: listTimeoutMs,
    name: 'vitest-list',
  });
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { file } of Array.isArray(report) ? report : []) counts.set(file, (counts.get(file) ?? 0) + 1);
  for (const [file, tests] of counts) {
    const needed = neededTools(file, missingTools);
    if (needed.length === 0) counts.delete(file);
    else
      console.log(
        `Skipped for want of ${needed.join(' and ')}: ${path.relative(rootDir, file)} (${tests} tests)`,
      );
  }
  return counts;
}
