import { Type } from 'typebox';
import { ALERT_KINDS, ALERT_OBJECT_KINDS, Alert } from '../model/alert.ts';
import { AlertMute, AlertMuteInput } from '../model/alert-mute.ts';
import { defineRoutes } from './route.ts';

/** What went wrong, taking note of it, and keeping known troubles quiet. */
export const alertRoutes = defineRoutes({
  listAlerts: {
    method: 'GET',
    path: '/api/alerts',
    access: 'observe',
    summary: 'Alerts, open ones first, then by time, newest first.',
    form: 'ours',
    query: Type.Object({
      state: Type.Optional(
        Type.Union([Type.Literal('open'), Type.Literal('closed'), Type.Literal('all')], { default: 'all' }),
      ),
      kind: Type.Optional(Type.Enum([...ALERT_KINDS])),
      object_kind: Type.Optional(Type.Enum([...ALERT_OBJECT_KINDS])),
      object: Type.Optional(Type.String({ description: 'Name of the object.' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 })),
    }),
    reply: Type.Object({
      alerts: Type.Array(Alert),
      totalCount: Type.Integer({
        description: 'All that match, not only this page; of those that are over up to 10,000 are counted.',
      }),
      openCount: Type.Integer({ description: 'All open ones, whatever the filter.' }),
      unacknowledgedCount: Type.Integer({
        description: 'Open ones nobody took note of and nobody muted, whatever the filter.',
      }),
      isComplete: Type.Boolean({ description: 'False while the database is away: only what is in memory.' }),
    }),
    errors: ['bad_request'],
  },
  acknowledgeAlert: {
    method: 'POST',
    path: '/api/alerts/{id}/acknowledge',
    access: 'operate',
    audit: 'acknowledge alert',
    summary: 'Takes note of an alert. One that reports a single event is closed by it.',
    form: 'ours',
    params: Type.Object({ id: Type.String() }),
    reply: Alert,
    errors: ['not_found', 'database_unavailable'],
  },
  noteAlert: {
    method: 'PUT',
    path: '/api/alerts/{id}/note',
    access: 'operate',
    audit: 'note alert',
    summary: 'Writes down what was done about an alert, and takes note of it.',
    form: 'ours',
    params: Type.Object({ id: Type.String() }),
    body: Type.Object({ note: Type.String({ maxLength: 1000 }) }),
    reply: Alert,
    errors: ['not_found', 'unprocessable', 'database_unavailable'],
  },
  listAlertMutes: {
    method: 'GET',
    path: '/api/alert-mutes',
    access: 'observe',
    summary:
      'Which alerts are kept quiet, newest first. Muted ones are listed, but not counted, posted or notified.',
    form: 'ours',
    reply: Type.Object({ mutes: Type.Array(AlertMute) }),
    errors: [],
  },
  addAlertMute: {
    method: 'POST',
    path: '/api/alert-mutes',
    access: 'operate',
    audit: 'mute alerts',
    summary: 'Keeps alerts of a kind, about an object, or both, quiet until a time or until it is ended.',
    form: 'ours',
    body: AlertMuteInput,
    reply: AlertMute,
    errors: ['unprocessable', 'database_unavailable'],
  },
  removeAlertMute: {
    method: 'DELETE',
    path: '/api/alert-mutes/{id}',
    access: 'operate',
    audit: 'unmute alerts',
    summary: 'Ends a mute.',
    form: 'ours',
    params: Type.Object({ id: Type.String() }),
    reply: AlertMute,
    errors: ['not_found', 'database_unavailable'],
  },
});

/** Read by monitoring. */
export const metricsRoutes = defineRoutes({
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    access: 'observe',
    summary: 'State of cluster, index, database and storage for Prometheus.',
    form: 'ours',
    reply: 'text/plain',
    errors: [],
  },
});
