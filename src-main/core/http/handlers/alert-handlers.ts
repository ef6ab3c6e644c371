import type { AlertMute } from '../../../../src-shared/model/alert-mute.ts';
import type { AlertMutes } from '../../alerts/alert-mutes.ts';
import type { AlertService } from '../../alerts/alert-service.ts';
import { AppError } from '../../base/errors.ts';
import type { Handlers } from '../endpoint.ts';
import { maySeeAlert, maySeeMute } from '../live-event-view.ts';
import { demandOperate, maySeeAll, type Principal } from '../principal.ts';

const MAX_LOOKED_THROUGH = 10_000;

type AlertRoute =
  | 'listAlerts'
  | 'acknowledgeAlert'
  | 'noteAlert'
  | 'listAlertMutes'
  | 'addAlertMute'
  | 'removeAlertMute';

/** Alerts and their mutes. */
export function alertHandlers({
  alerts,
  mutes,
}: {
  readonly alerts: AlertService;
  readonly mutes: AlertMutes;
}): Pick<Handlers, AlertRoute> {
  const demandVisible = (id: string, principal: Principal | null) => {
    const known = alerts.open().find((alert) => alert.id === id);
    if (!maySeeAll(principal) && !(known && maySeeAlert(principal, known))) {
      throw new AppError('not_found', 'There is no such alert. The list may have changed.');
    }
  };
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
        unacknowledgedCount: open.filter((alert) => alert.acknowledgedAtMs === null && !mutes.isMuted(alert))
          .length,
        isComplete: page.isComplete,
      };
    },
    acknowledgeAlert: ({ params, principal }) => {
      demandVisible(params.id, principal);
      return alerts.acknowledge(params.id, nameOf(principal));
    },
    noteAlert: ({ body, params, principal }) => {
      demandVisible(params.id, principal);
      return alerts.acknowledge(params.id, nameOf(principal), body.note.trim());
    },
    listAlertMutes: ({ principal }) => ({
      mutes: mutes.list().filter((mute) => maySeeMute(principal, mute)),
    }),
    addAlertMute: ({ audit, body, principal }) => {
      audit.object(`${body.kind ?? 'all'} of ${body.object?.name ?? 'all'}`);
      demandMute(body, principal);
      return mutes.add(body, nameOf(principal));
    },
    removeAlertMute: ({ params, principal }) => {
      const mute = mutes.list().find(({ id }) => id === params.id);
      if (mute) demandMute(mute, principal);
      return mutes.remove(params.id);
    },
  };
}

/** Who is limited to some streams mutes what is about one of these only. */
function demandMute({ object }: Pick<AlertMute, 'object'>, principal: Principal | null): void {
  if (!maySeeAll(principal)) demandOperate(principal, object?.kind === 'stream' ? object.name : '*');
}

function nameOf(principal: Principal | null): string {
  return principal?.name ?? 'local';
}
