import { forwardSignals } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { endWith, sinceText } from './say.mjs';
import { findTools, installSystemPackages } from './system-tools.mjs';
import { addCounts, countOne, countsLine } from './test-counts.mjs';

/**
 * Installs what the tests need, runs every step even after one has failed, and ends the process; the last line says
 * `N passed, N failed` and the exit status is 1 when anything failed.
 */
export async function runChecks() {
  forwardSignals();
  try {
    const startedAtMs = performance.now();
    await ensureInstalled();
    await installSystemPackages();
    const { missing, chromiumPath } = findTools();
    for (const { name, remedy } of missing) console.log(`Missing: ${name}. To run what needs it, ${remedy}.`);
    const around = { missingTools: missing.map(({ name }) => name), chromiumPath };
    // Loaded only now, because the steps use packages that have just been installed.
    const { testSteps } = await import('./test-steps.mjs');
    const results = [];
    for (const step of testSteps) results.push(await runStep(step, around));
    console.log(`\nIn ${sinceText(startedAtMs)}:`);
    for (const { title, counts, took } of results) console.log(`  ${title}: ${countsLine(counts)} (${took})`);
    const total = addCounts(results.map(({ counts }) => counts));
    process.exitCode = total.failed > 0 ? 1 : 0;
    console.log(countsLine(total));
  } catch (error) {
    endWith(error);
  }
}

/**
 * @param {import('./test-steps.mjs').Step} step
 * @param {import('./test-steps.mjs').Surroundings} around
 */
async function runStep({ title, run }, around) {
  const startedAtMs = performance.now();
  console.log(`\n== ${title}`);
  const counts = await run(around).catch((error) => {
    console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return countOne(false);
  });
  const took = sinceText(startedAtMs);
  console.log(`== ${title}: ${countsLine(counts)} (${took})`);
  return { title, counts, took };
}
