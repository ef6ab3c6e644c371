import './node-version.mjs';
import { buildTargets } from './build-targets.mjs';
import { forwardSignals } from './child.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './install.mjs';
import { endWith, LaunchError, say } from './say.mjs';

// npm run build [-- --force] [target ...]: builds what is stale into out/.
forwardSignals();
const known = /** @type {(keyof typeof buildTargets)[]} */ (Object.keys(buildTargets));
const [flags, names] = [
  process.argv.slice(2).filter((arg) => arg.startsWith('-')),
  process.argv.slice(2).filter((arg) => !arg.startsWith('-')),
];

try {
  const unknown = [
    ...flags.filter((flag) => flag !== '--force'),
    ...names.filter((name) => !(name in buildTargets)),
  ];
  if (unknown.length > 0)
    throw new LaunchError(
      `Unknown argument "${unknown[0]}".\nUsage: npm run build -- [--force] [${known.join(' | ')}]...`,
      2,
    );
  await ensureInstalled();
  const isForced = flags.includes('--force');
  let isComplete = true;
  // One broken side does not keep the others from being built.
  for (const name of names.length > 0 ? known.filter((target) => names.includes(target)) : known)
    await ensureBuilt([name], { isForced }).catch((error) => {
      isComplete = false;
      say(error.message);
    });
  if (!isComplete) throw new LaunchError('Not everything could be built: see above.');
  say('Everything asked for is built.');
} catch (error) {
  endWith(error);
}
