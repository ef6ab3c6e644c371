import './node-version.mjs';
import { endLike, forwardSignals } from './child.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './install.mjs';
import { runHeadless } from './run-manager.mjs';
import { endWith } from './say.mjs';

// npm run -s liveman -- COMMAND: the headless command line from a checkout; standard output is the command's alone.
forwardSignals();
try {
  await ensureInstalled();
  const args = process.argv.slice(2);
  await ensureBuilt(args[0] === 'serve' ? ['headless', 'renderer'] : ['headless']);
  endLike(await runHeadless(args));
} catch (error) {
  endWith(error);
}
