import { buildTargets } from './build-targets.mjs';
import { endWith } from './say.mjs';

// node build-one.mjs TARGET: the build of one target, in a process of its own that takes vite's memory with it.
// Vite lets some resolve errors go by as rejections that nobody awaits.
process.once('unhandledRejection', (error) => endWith(error));
const { configs } = buildTargets[/** @type {keyof typeof buildTargets} */ (process.argv[2])];
const { build } = await import('vite');
for (const config of await configs()) await build(config);
