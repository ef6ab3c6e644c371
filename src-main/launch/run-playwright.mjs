import path from 'node:path';
import { neededTools } from './needed-tools.mjs';
import { inRoot, rootDir } from './paths.mjs';
import { runReporting } from './run-tool.mjs';
import { countPlaywright } from './test-counts.mjs';

const playwright = '@playwright/test/cli.js';
const listTimeoutMs = 2 * 60_000;

/**
 * Runs the browser specs; those that need a missing tool are named, left out and counted as skipped.
 *
 * @param {readonly string[]} missingTools
 * @param {string | undefined} chromiumPath
 * @param {number} timeoutMs
 * @returns {Promise<import('./test-counts.mjs').Counts>}
 */
export async function runPlaywright(missingTools, chromiumPath, timeoutMs) {
  if (missingTools.length === 0) return runSpecs([], chromiumPath, timeoutMs);
  const specs = await listSpecs();
  const runnable = specs.filter(({ file, tests }) => {
    const needed = missingTools.includes('chromium') ? ['chromium'] : neededTools(file, missingTools);
    if (needed.length === 0) return true;
    console.log(
      `Skipped for want of ${needed.join(' and ')}: ${path.relative(rootDir, file)} (${tests} tests)`,
    );
    return false;
  });
  const testsOf = (/** @type {typeof specs} */ list) => list.reduce((sum, { tests }) => sum + tests, 0);
  const skipped = testsOf(specs) - testsOf(runnable);
  if (runnable.length === 0 && skipped > 0) return { passed: 0, failed: 0, skipped };
  const files = runnable.map(({ file }) => path.relative(rootDir, file));
  const counts = await runSpecs(files, chromiumPath, timeoutMs);
  return { ...counts, skipped: counts.skipped + skipped };
}

/**
 * @param {readonly string[]} files none means all
 * @param {string | undefined} chromiumPath
 * @param {number} timeoutMs
 */
async function runSpecs(files, chromiumPath, timeoutMs) {
  const { isOk, report } = await runReporting(playwright, () => ['test', ...files], {
    timeoutMs,
    name: 'playwright',
    env: (file) => ({
      PLAYWRIGHT_JSON_OUTPUT_FILE: file,
      ...(chromiumPath ? { CHROMIUM_PATH: chromiumPath } : {}),
    }),
  });
  return countPlaywright(report, isOk);
}

/** @returns {Promise<{ file: string, tests: number }[]>} */
async function listSpecs() {
  const { report } = await runReporting(playwright, () => ['test', '--list'], {
    timeoutMs: listTimeoutMs,
    name: 'playwright-list',
    env: (file) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: file }),
  });
  /** @typedef {{ file: string, specs?: unknown[], suites?: Suite[] }} Suite */
  const suites = /** @type {{ suites?: Suite[] } | undefined} */ (report)?.suites ?? [];
  /** @param {Suite} suite @returns {number} */
  const count = ({ specs = [], suites: inner = [] }) =>
    inner.reduce((sum, suite) => sum + count(suite), specs.length);
  return suites.map((suite) => ({ file: inRoot('e2e', suite.file), tests: count(suite) }));
}
