/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** @param {readonly Counts[]} all @returns {Counts} */
export function addCounts(all) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}

/** @param {boolean} isOk @returns {Counts} a step that counts as one */
export const countOne = (isOk) => ({ passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, skipped: 0 });

/** @param {Counts} counts @returns {string} the last line of a run */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Counts a Vitest run from its JSON report. A file that could not be loaded counts as one failed test, and so does a
 * run that failed without a failed test (an error outside of tests) or that executed nothing.
 *
 * @param {unknown} report parsed, or undefined when there is none
 * @param {boolean} isOk whether Vitest itself was content
 * @returns {Counts}
 */
export function countVitest(report, isOk) {
  const files = asArray(asObject(report).testResults).map(asObject);
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    const tests = asArray(file.assertionResults).map(asObject);
    for (const { status } of tests)
      if (status === 'passed') counts.passed++;
      else if (status === 'failed') counts.failed++;
      else counts.skipped++;
    if (file.status === 'failed' && !tests.some(({ status }) => status === 'failed')) counts.failed++;
  }
  return withRunFailure(counts, isOk);
}

/**
 * Counts a Playwright run from its JSON report, with the same rules.
 *
 * @param {unknown} report
 * @param {boolean} isOk
 * @returns {Counts}
 */
export function countPlaywright(report, isOk) {
  const { stats, errors } = asObject(report);
  const { expected, unexpected, flaky, skipped } = asObject(stats);
  const counts = {
    passed: asNumber(expected) + asNumber(flaky),
    failed: asNumber(unexpected) + asArray(errors).length,
    skipped: asNumber(skipped),
  };
  return withRunFailure(counts, isOk);
}

/** @param {Counts} counts @param {boolean} isOk @returns {Counts} */
function withRunFailure(counts, isOk) {
  const didNothing = counts.passed + counts.failed === 0;
  const isUnexplained = !isOk && counts.failed === 0;
  return didNothing || isUnexplained ? { ...counts, failed: counts.failed + 1 } : counts;
}

/** @param {unknown} value @returns {Record<string, unknown>} */
const asObject = (value) =>
  typeof value === 'object' && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
/** @param {unknown} value @returns {unknown[]} */
const asArray = (value) => (Array.isArray(value) ? value : []);
/** @param {unknown} value @returns {number} */
const asNumber = (value) => (typeof value === 'number' ? value : 0);
