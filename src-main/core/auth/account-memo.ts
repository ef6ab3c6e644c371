import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../base/logger.ts';

/** Remembers over restarts whether the database had accounts, for starts while it is away. */
export interface AccountMemo {
  hadAny(): boolean;
  /** Called after each reading of the database. */
  note(hasAny: boolean): void;
}

/** For books without a database, and tests. */
export const NO_MEMO: AccountMemo = { hadAny: () => false, note: () => {} };

const WORDS =
  'The database of this manager has accounts: while it is away, everybody has to log in all the same.\n';

/**
 * A file in the data folder that is there while the database has accounts. Where it cannot be written, as on a full
 * disk, that is tried again with the next reading: nobody is kept out for it.
 */
export function createAccountMemo(dataDir: string, logger: Logger): AccountMemo {
  const path = memoPath(dataDir);
  let isThere = existsSync(path);
  return {
    hadAny: () => isThere,
    note: (hasAny) => {
      if (hasAny === isThere) return;
      try {
        if (hasAny) writeFileSync(path, WORDS, { mode: 0o600 });
        else rmSync(path, { force: true });
        isThere = hasAny;
      } catch (error) {
        logger.warn({ err: error }, 'It cannot be noted whether the database has accounts');
      }
    },
  };
}

/** Whether the database of a data folder had accounts when it was read last. */
export function hasNotedAccounts(dataDir: string): boolean {
  return existsSync(memoPath(dataDir));
}

function memoPath(dataDir: string): string {
  return join(dataDir, 'has-accounts');
}
