import type { AlertService } from '../../alerts/alert-service.ts';
import { AppError } from '../../base/errors.ts';
import type { Handlers } from '../endpoint.ts';
import { maySeeAlert } from '../live-event-view.ts';
import { maySeeAll } from '../principal.ts';

const MAX_LOOKED_THROUGH = 10_000;

/** Alerts. */
export function alertHandlers(alerts: AlertService): Pick<Handlers, 'listAlerts' | 'acknowledgeAlert'> {
  return {
    listAlerts: async ({ principal, query }) => {
      const { kind, limit = 200, object, object_kind, offset = 0, state = 'all' } = query;
      const filter = { state, kind, objectKind: object_kind, objectName: object, limit, offset };
      if (maySeeAll(principal)) return alerts.list(filter);
      // Who is limited to some streams learns of these only; there are few alerts, so all are looked through.
      const page = await alerts.list({ ...filter, limit: MAX_LOOKED_THROUGH, offset: 0 });
      const visible = page.alerts.filter((alert) => maySeeAlert(principal, alert));
      const open = alerts.open().filter((alert) => maySeeAlert(principal, alert));
      return {
        alerts: visible.slice(offset, offset + limit),
        totalCount: visible.length,
        openCount: open.length,
        unacknowledgedCount: open.filter((alert) => alert.acknowledgedAtMs === null).length,
        isComplete: page.isComplete,
      };
    },
    acknowledgeAlert: ({ params, principal }) => {
      const known = alerts.open().find((alert) => alert.id === params.id);
      if (!maySeeAll(principal) && !(known && maySeeAlert(principal, known))) {
        throw new AppError('not_found', 'There is no such alert. The list may have changed.');
      }
      return alerts.acknowledge(params.id, principal?.name ?? 'local');
    },
  };
}
