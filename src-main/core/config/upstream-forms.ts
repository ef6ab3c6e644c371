import { LOG_LEVELS } from '../base/logger.ts';
import { isTable } from './schema-node.ts';

/** What upstream's liveman takes and this program takes differently: said, never refused. */
export interface UpstreamNote {
  path: string;
  message: string;
}

/** Said of a SQLite URL, from the file or from the environment. */
export const SQLITE_NOTE =
  'SQLite databases are not read; the built-in PostgreSQL is used instead and begins empty. Remove the URL, or name ' +
  'a PostgreSQL server.';

/**
 * Turns values that only upstream's liveman understands into ours, in place, so that its files are accepted.
 */
export function adaptUpstreamForms(table: Record<string, unknown>): UpstreamNote[] {
  const notes: UpstreamNote[] = [];
  if (table.liveion !== undefined) {
    delete table.liveion;
    notes.push({ path: 'liveion', message: 'is read by no version of liveman; list nodes under [[nodes]].' });
  }
  const storage = isTable(table.recorder) ? table.recorder.storage : undefined;
  if (isTable(storage) && storage.type === 'oss') {
    adaptOss(storage);
    notes.push({
      path: 'recorder.storage.type',
      message: '"oss" is read as "s3" with enable_virtual_host_style = true; write it so.',
    });
  }
  const { database, log } = table;
  if (isTable(database) && isSqliteUrl(database.url)) {
    database.url = '';
    notes.push({ path: 'database.url', message: SQLITE_NOTE });
  }
  if (isTable(log) && typeof log.level === 'string') {
    const { level, message } = adaptLogLevel(log.level);
    log.level = level;
    if (message) notes.push({ path: 'log.level', message });
  }
  return notes;
}

/** Alibaba OSS as upstream wrote it until April 2026: through the S3 client too, with names of its own. */
function adaptOss(storage: Record<string, unknown>): void {
  const { access_key_secret: secret, security_token: token } = storage;
  delete storage.access_key_secret;
  delete storage.security_token;
  storage.type = 's3';
  storage.enable_virtual_host_style = true;
  if (secret !== undefined) storage.secret_access_key ??= secret;
  if (token !== undefined) storage.session_token ??= token;
}

/** Whether a database URL is one of upstream's SQLite files. */
export function isSqliteUrl(url: unknown): boolean {
  return typeof url === 'string' && url.startsWith('sqlite:');
}

/** Upstream takes any case, and filters such as `info,liveman=debug`, of which the general level counts here. */
export function adaptLogLevel(text: string): { level: string; message?: string } {
  const words = text
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const level = words.find((word) => LOG_LEVELS.some((known) => known === word));
  if (level === undefined) {
    return {
      level: 'info',
      message: `${JSON.stringify(text)} is none of ${LOG_LEVELS.join(', ')}; info is used.`,
    };
  }
  if (words.length === 1) return { level };
  return { level, message: `levels of single parts are not supported; ${level} is used for everything.` };
}
