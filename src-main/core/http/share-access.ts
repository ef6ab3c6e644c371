import type { ChangeFeed } from '../peers/change-feed.ts';
import type { Access } from './access.ts';

/**
 * Sessions, tokens, accounts and secret paths that another manager ended or changed count here at once; where the
 * message is lost, within the 2 to 5 s that they are kept in memory.
 */
export function shareAccess(
  feed: ChangeFeed,
  { authenticator, books, standing }: Pick<Access, 'authenticator' | 'books' | 'standing'>,
): void {
  const { accounts, reports, sessions, tokens } = books;
  feed.onChange('login_sessions', async (ids) => {
    sessions.forget(ids);
    // The database is there again.
    if (ids === null) await authenticator.endLateLogouts();
    await standing.check();
  });
  feed.onChange('issued_tokens', async () => {
    await tokens.reread();
    await standing.check();
  });
  feed.onChange('accounts', async () => {
    await accounts.reread();
    await standing.check();
  });
  feed.onChange('report_paths', () => reports.reread());
}
