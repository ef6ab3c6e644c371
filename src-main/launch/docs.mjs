import './node-version.mjs';
import { readFile, writeFile } from 'node:fs/promises';
import { forwardSignals } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { replaceMarked } from './marked-text.mjs';
import { bundleModules } from './node-script.mjs';
import { inRoot } from './paths.mjs';
import { endWith, say } from './say.mjs';

// npm run docs: writes what is generated from the configuration's schema. Tests tell when this was forgotten.
forwardSignals();
try {
  await ensureInstalled();
  const modules = await bundleModules('out/docs', { config: inRoot('src-main/core/config/config-docs.ts') });
  const { exampleToml, readmeTable } = await import(modules.config ?? '');
  await writeFile(inRoot('resources/liveman.example.toml'), exampleToml());
  say('Wrote resources/liveman.example.toml.');
  const readme = await readFile(inRoot('README.md'), 'utf8').catch(() => '');
  const updated = replaceMarked(readme, 'config', readmeTable());
  if (updated === undefined)
    say('README.md has no <!-- config:start --> and <!-- config:end --> markers: left alone.');
  else {
    await writeFile(inRoot('README.md'), updated);
    say('Wrote the configuration table of README.md.');
  }
} catch (error) {
  endWith(error);
}
