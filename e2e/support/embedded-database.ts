import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { EMBEDDED_ROLE } from '../../src-main/core/db/postgres-process.ts';
import { readPostmasterPid } from '../../src-main/core/db/postmaster-pid.ts';

/** Runs a statement in the built-in database of a running manager. */
export async function queryEmbedded(dataDir: string, text: string): Promise<unknown[]> {
  const folder = join(dataDir, 'postgres');
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  const server = await readPostmasterPid(join(folder, 'cluster'));
  const url = `postgresql://${EMBEDDED_ROLE}:${password}@127.0.0.1:${server?.port}/${EMBEDDED_ROLE}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
