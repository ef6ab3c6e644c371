import './node-version.mjs';
import { forwardSignals } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { endWith, LaunchError, say, sinceText } from './say.mjs';
import { checkTypes, typeProjects } from './type-check.mjs';

// npm run types: checks every side by its own tsconfig.json.
forwardSignals();
try {
  await ensureInstalled();
  const startedAtMs = performance.now();
  const { isOk, output } = await checkTypes();
  if (!isOk) throw new LaunchError(output);
  say(`The types of ${typeProjects().length} projects are right (${sinceText(startedAtMs)}).`);
} catch (error) {
  endWith(error);
}
