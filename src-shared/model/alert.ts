import { type Static, Type } from 'typebox';

export const ALERT_SEVERITIES = ['critical', 'warning', 'info'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

export const ALERT_KINDS = [
  'node-down',
  'auth-failed',
  'clock-skew',
  'stream-gone',
  'recording-stalled',
  'cascade-failed',
  'database-trouble',
  'journal-in-use',
  'journal-nearly-full',
  'report-set-aside',
  'storage-trouble',
  'disk-nearly-full',
  'retention-trouble',
  'index-differs',
  'certificate-trouble',
  'keychain-trouble',
  'secret-missing',
] as const;
/** What can go wrong. */
export type AlertKind = (typeof ALERT_KINDS)[number];

export const ALERT_OBJECT_KINDS = ['node', 'stream', 'database', 'storage', 'endpoint', 'secrets'] as const;
export type AlertObjectKind = (typeof ALERT_OBJECT_KINDS)[number];

/** What an alert is about. */
export const AlertObject = Type.Object({
  kind: Type.Enum([...ALERT_OBJECT_KINDS]),
  name: Type.String({ description: 'Alias, stream identifier, or place.' }),
});
export type AlertObject = Static<typeof AlertObject>;

const NullableMs = Type.Union([Type.Number(), Type.Null()], {
  description: 'Milliseconds since the Unix epoch.',
});

/** Something that went wrong; open until it is over. */
export const Alert = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...ALERT_KINDS]),
  object: AlertObject,
  severity: Type.Enum([...ALERT_SEVERITIES]),
  text: Type.String({ description: 'What happened and what to do.' }),
  openedAtMs: Type.Number(),
  lastAtMs: Type.Number({ description: 'When it was noticed last.' }),
  count: Type.Integer({ description: 'How often it came, with short breaks in between.' }),
  closedAtMs: NullableMs,
  acknowledgedAtMs: NullableMs,
  acknowledgedBy: Type.Union([Type.String(), Type.Null()]),
  details: Type.Record(Type.String(), Type.Unknown()),
  note: Type.String({ description: 'What was done about it; may be empty.' }),
});
export type Alert = Static<typeof Alert>;
