import './node-version.mjs';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { askedToStop, forwardSignals, startChild } from './child.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './install.mjs';
import { bundleModules } from './node-script.mjs';
import { inRoot, rootDir } from './paths.mjs';
import { endWith, LaunchError, say } from './say.mjs';

// npm run bench [-- NAME ...]: runs bench/*.ts one after the other; a file exports `run()` or is itself the run.

/** Begins the names of those that measure no speed and take many minutes: they run only when they are named. */
const SOAK = 'soak';

forwardSignals();

/** @returns {Record<string, string>} name to source file */
function benches() {
  const names = readdirSync(inRoot('bench')).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  return Object.fromEntries(names.map((name) => [path.basename(name, '.ts'), inRoot('bench', name)]));
}

try {
  const all = benches();
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in all));
  if (unknown !== undefined || Object.keys(all).length === 0 || !existsSync(inRoot('bench')))
    throw new LaunchError(
      `There is no bench "${unknown ?? ''}"; there ${Object.keys(all).length === 0 ? 'are none yet' : `are: ${Object.keys(all).join(', ')}`}.`,
      2,
    );
  await ensureInstalled();
  await ensureBuilt(['headless', 'renderer']);
  const modules = await bundleModules('out/bench', all);
  let isOk = true;
  for (const name of wanted.length > 0 ? wanted : Object.keys(all).filter((each) => !each.startsWith(SOAK))) {
    say(`== ${name}`);
    const code = `const m = await import(${JSON.stringify(modules[name])}); await m.run?.();`;
    const args = ['--enable-source-maps', '--expose-gc', '--input-type=module', '-e', code];
    const env = { ...process.env, LIVEMAN_ROOT: rootDir };
    const ending = await startChild(process.execPath, args, { cwd: rootDir, env, stdio: 'inherit' }).ended;
    if (askedToStop()) process.exit(130);
    if (ending.code !== 0) {
      isOk = false;
      say(
        `${path.relative(rootDir, fileURLToPath(modules[name] ?? ''))} ended with ${ending.code ?? ending.signal}.`,
      );
    }
  }
  process.exitCode = isOk ? 0 : 1;
} catch (error) {
  endWith(error);
}
