import type { SetAsideReports } from '../../journal/set-aside-reports.ts';
import type { Handlers } from '../endpoint.ts';

type SetAsideRoute = 'listSetAside' | 'retrySetAside' | 'discardSetAside';

const DEFAULT_LIMIT = 200;

/** Reports that could not be indexed and were set aside. */
export function setAsideHandlers(reports: SetAsideReports): Pick<Handlers, SetAsideRoute> {
  return {
    listSetAside: ({ query }) => reports.list(query.limit ?? DEFAULT_LIMIT),
    retrySetAside: ({ audit, body }) => {
      audit.object(`${body.ids.length} reports`);
      return reports.retry(body.ids);
    },
    discardSetAside: async ({ audit, body }) => {
      audit.object(`${body.ids.length} reports`);
      return { discardedCount: await reports.discard(body.ids) };
    },
  };
}
