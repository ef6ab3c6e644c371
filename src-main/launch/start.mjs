import './node-version.mjs';
import { endLike, forwardSignals } from './child.mjs';
import { findElectron } from './electron-binary.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './install.mjs';
import { runElectron, runHeadless, runInBrowser } from './run-manager.mjs';
import { endWith, say } from './say.mjs';
import { parseStartOptions, startUsage } from './start-options.mjs';

// npm start: installs what is missing, builds what is stale, and runs the app.
forwardSignals();

/** @param {import('./start-options.mjs').StartOptions} options */
async function start({ isHeadless, managerArgs }) {
  await ensureInstalled();
  if (isHeadless) {
    await ensureBuilt(['headless', 'renderer']);
    return runHeadless(['serve', ...managerArgs]);
  }
  const electron = await findElectron();
  if ('reason' in electron) return startInBrowser(managerArgs, electron.reason);
  await ensureBuilt(['electron', 'renderer']);
  const result = await runElectron(electron.binary, managerArgs);
  return 'ending' in result ? result.ending : startInBrowser(managerArgs, result.reason);
}

/** @param {readonly string[]} managerArgs @param {string} reason */
async function startInBrowser(managerArgs, reason) {
  say(`No Electron window: ${reason}. The same app is served to the browser.`);
  await ensureBuilt(['headless', 'renderer']);
  return runInBrowser(managerArgs);
}

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.isHelp) say(startUsage);
  else endLike(await start(options));
} catch (error) {
  endWith(error);
}
