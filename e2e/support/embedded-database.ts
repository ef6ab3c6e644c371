import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { EMBEDDED_ROLE } from '../../src-main/core/db/postgres-process.ts';
import { readPostmasterPid } from '../../src-main/core/db/postmaster-pid.ts';

/** The URL of the built-in database of a running manager. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'postgres');
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  const server = await readPostmasterPid(join(folder, 'cluster'));
  return `postgresql://${EMBEDDED_ROLE}:${password}@127.0.0.1:${server?.port}/${EMBEDDED_ROLE}`;
}

/** Runs a statement in the built-in database of a running manager. */
export async function queryEmbedded(dataDir: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: await embeddedUrl(dataDir) });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
