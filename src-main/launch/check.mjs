import './node-version.mjs';
import { runChecks } from './run-checks.mjs';

// npm run check: what CI runs, which is what `npm test` runs.
await runChecks();
