import type { LinkSession } from '../peers/database-link.ts';
import type { ManagerIdentity } from '../peers/manager-identity.ts';

type Client = LinkSession['client'];

/** First number of the advisory locks of duties; the second is the hash of the name. */
const LOCKS = 7_770_010;

/**
 * A holder stops by itself when it could not renew for `HOLD_MS`; nobody takes a duty over before `LEASE_MS` after
 * the last renewal. The difference is the time it has to stop.
 */
export const HOLD_MS = 4000;
const LEASE_MS = 5000;
/** A holder that is connected but gave no sign for so long hangs. */
const HUNG_MS = 7500;

/** Which of these locks are ours now; each stays ours until it is given back or the connection is lost. */
export async function tryLocks(client: Client, duties: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ duty: string }>(
    'select duty from unnest($1::text[]) as duty where pg_try_advisory_lock($2, hashtext(duty))',
    [duties, LOCKS],
  );
  return rows.map(({ duty }) => duty);
}

export async function unlock(client: Client, duty: string): Promise<void> {
  await client.query('select pg_advisory_unlock($1, hashtext($2))', [LOCKS, duty]);
}

/** Which of these, whose locks we hold, are ours: the holder before has given them up, or has surely stopped. */
export async function claim(
  client: Client,
  duties: readonly string[],
  { id, sessionId }: ManagerIdentity,
): Promise<string[]> {
  const { rows } = await client.query<{ duty: string }>(
    `insert into duties as d (duty, manager_id, session_id, term, taken_at, renewed_at)
     select duty, $2, $3, 1, clock_timestamp(), clock_timestamp() from unnest($1::text[]) as duty
     on conflict (duty) do update set
       manager_id = excluded.manager_id, session_id = excluded.session_id, term = d.term + 1,
       taken_at = excluded.taken_at, renewed_at = excluded.renewed_at, released_at = null
     where d.released_at is not null or d.session_id = excluded.session_id
       or d.renewed_at < clock_timestamp() - interval '${LEASE_MS} milliseconds'
     returning duty`,
    [duties, id, sessionId],
  );
  return rows.map(({ duty }) => duty);
}

/** Which of these are still ours. */
export async function renew(
  client: Client,
  duties: readonly string[],
  { sessionId }: ManagerIdentity,
): Promise<string[]> {
  const { rows } = await client.query<{ duty: string }>(
    `update duties set renewed_at = clock_timestamp()
     where duty = any($1) and session_id = $2 and released_at is null returning duty`,
    [duties, sessionId],
  );
  return rows.map(({ duty }) => duty);
}

/** Tells that the work has stopped, so that a successor need not wait. */
export async function release(client: Client, duty: string, { sessionId }: ManagerIdentity): Promise<void> {
  await client.query(
    'update duties set released_at = clock_timestamp() where duty = $1 and session_id = $2 and released_at is null',
    [duty, sessionId],
  );
}

/**
 * Ends the connections of holders that hang: stopped, swapped out, or on a computer that is gone. Answers how many.
 *
 * Throws SQLSTATE 42501 where our role may not do that.
 */
export async function endHungHolders(client: Client, duties: readonly string[]): Promise<number> {
  const { rows } = await client.query(
    `select pg_terminate_backend(l.pid) as ended from (
       select distinct l.pid from pg_locks l
       join duties d on (hashtext(d.duty)::bigint & 4294967295)::oid = l.objid
       where l.locktype = 'advisory' and l.classid = ${LOCKS} and l.objsubid = 2 and l.granted
         and l.database = (select oid from pg_database where datname = current_database())
         and l.pid <> pg_backend_pid() and d.duty = any($1) and d.released_at is null
         and d.renewed_at < clock_timestamp() - interval '${HUNG_MS} milliseconds'
     ) l`,
    [duties],
  );
  return rows.length;
}
