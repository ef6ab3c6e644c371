import type { AlertService } from '../../alerts/alert-service.ts';
import type { Handlers } from '../endpoint.ts';

/** Alerts. */
export function alertHandlers(alerts: AlertService): Pick<Handlers, 'listAlerts' | 'acknowledgeAlert'> {
  return {
    listAlerts: async ({ query }) => {
      const { kind, limit = 200, object, object_kind, offset = 0, state = 'all' } = query;
      const filter = { state, kind, objectKind: object_kind, objectName: object, limit, offset };
      return alerts.list(filter);
    },
    acknowledgeAlert: ({ params, principal }) => alerts.acknowledge(params.id, principal?.name ?? 'local'),
  };
}
