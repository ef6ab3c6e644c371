import './node-version.mjs';
import { runChecks } from './run-checks.mjs';

// npm test: everything that has to hold, from a fresh clone.
await runChecks();
