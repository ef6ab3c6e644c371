import { buildTargets } from './build-targets.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { runPlaywright } from './run-playwright.mjs';
import { runTool } from './run-tool.mjs';
import { runVitest } from './run-vitest.mjs';
import { countOne } from './test-counts.mjs';
import { checkTypes } from './type-check.mjs';

/**
 * @typedef {import('./test-counts.mjs').Counts} Counts
 * @typedef {object} Surroundings
 * @property {readonly string[]} missingTools
 * @property {string | undefined} chromiumPath
 * @typedef {object} Step
 * @property {string} title
 * @property {(around: Surroundings) => Promise<Counts>} run prints what is wrong; does not throw for it
 */

const minuteMs = 60_000;

/** What `npm test` and `npm run check` do, in order. A quiet machine of two cores needs half of the time limits. @type {readonly Step[]} */
export const testSteps = [
  { title: 'lint, format and import arrows', run: lint },
  { title: 'types', run: types },
  { title: 'build', run: build },
  {
    title: 'unit and renderer tests',
    run: ({ missingTools }) => runVitest(['unit', 'renderer'], missingTools, 6 * minuteMs),
  },
  {
    title: 'integration tests',
    run: ({ missingTools }) => runVitest(['integration'], missingTools, 20 * minuteMs),
  },
  {
    title: 'browser specs',
    run: ({ missingTools, chromiumPath }) => runPlaywright(missingTools, chromiumPath, 16 * minuteMs),
  },
];

async function lint() {
  const args = ['check', '--error-on-warnings', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.'];
  return countOne(await runTool('@biomejs/biome/bin/biome', args, { timeoutMs: minuteMs }));
}

async function types() {
  const { isOk, output } = await checkTypes();
  process.stdout.write(output);
  return countOne(isOk);
}

async function build() {
  let isOk = true;
  for (const name of /** @type {(keyof typeof buildTargets)[]} */ (Object.keys(buildTargets)))
    await ensureBuilt([name]).catch((error) => {
      process.stdout.write(`${error.message}\n`);
      isOk = false;
    });
  return countOne(isOk);
}
