import { isTable } from './schema-node.ts';
import { adaptLogLevel, isSqliteUrl, SQLITE_NOTE } from './upstream-forms.ts';

/** What reading the environment came to. */
export interface EnvironmentResult {
  notes: { variable: string; message: string }[];
  /** Whole sentences. */
  problems: string[];
}

/**
 * Puts `PORT`, `LOG_LEVEL` and `DATABASE_URL` into the parsed file, in place, where their keys are absent.
 *
 * As with upstream, a key in the file wins over the variable. An empty variable counts as absent.
 */
export function applyEnvironment(
  table: Record<string, unknown>,
  env: Record<string, string | undefined>,
): EnvironmentResult {
  const result: EnvironmentResult = { notes: [], problems: [] };
  const { PORT, LOG_LEVEL, DATABASE_URL } = env;
  if (PORT && isAbsent(table, 'http', 'listen')) {
    if (/^\d{1,5}$/.test(PORT) && Number(PORT) <= 65_535) set(table, 'http', 'listen', `127.0.0.1:${PORT}`);
    else
      result.problems.push(
        `The environment variable PORT: expected a port from 0 to 65535, found ${JSON.stringify(PORT)}`,
      );
  }
  if (LOG_LEVEL && isAbsent(table, 'log', 'level')) {
    const { level, message } = adaptLogLevel(LOG_LEVEL);
    set(table, 'log', 'level', level);
    if (message) result.notes.push({ variable: 'LOG_LEVEL', message });
  }
  if (DATABASE_URL && isAbsent(table, 'database', 'url')) {
    if (isSqliteUrl(DATABASE_URL)) result.notes.push({ variable: 'DATABASE_URL', message: SQLITE_NOTE });
    else set(table, 'database', 'url', DATABASE_URL);
  }
  return result;
}

/** A section that is no table is left for the validation to name. */
function isAbsent(table: Record<string, unknown>, section: string, key: string): boolean {
  const found = table[section];
  return found === undefined || (isTable(found) && found[key] === undefined);
}

function set(table: Record<string, unknown>, section: string, key: string, value: string): void {
  const found = table[section];
  if (isTable(found)) found[key] = value;
  else table[section] = { [key]: value };
}
