import { type Static, Type } from 'typebox';

/** Kinds of credential a caller can bring; `none` where it brought no valid one, `system` for this program itself. */
export const CREDENTIAL_KINDS = [
  'account',
  'token',
  'jwt',
  'code',
  'desktop',
  'node',
  'local',
  'none',
  'system',
] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** `refused`: no or not enough rights, or too many attempts; `failed`: anything else that did not work. */
export const AUDIT_OUTCOMES = ['ok', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

const NullableText = Type.Union([Type.String(), Type.Null()]);

/** One act of a caller, or what it did on and on (`count` requests). */
export const AuditEntry = Type.Object({
  id: Type.String(),
  atMs: Type.Number({ description: 'When it was done or begun, milliseconds since the Unix epoch.' }),
  lastAtMs: Type.Number({ description: 'When it was done last.' }),
  count: Type.Integer({ description: 'Requests it stands for.' }),
  who: Type.String({ description: 'Account or credential; empty where nobody was recognised.' }),
  credential: Type.Enum([...CREDENTIAL_KINDS]),
  session: Type.Union([Type.String(), Type.Null()], {
    description: 'Public identifier of the browser session or of the issued token.',
  }),
  action: Type.String({ description: 'Verb and kind of object: delete stream.' }),
  object: Type.String(),
  outcome: Type.Enum([...AUDIT_OUTCOMES]),
  status: Type.Union([Type.Integer(), Type.Null()], { description: 'HTTP status of the reply.' }),
  address: NullableText,
  userAgent: NullableText,
  details: Type.Record(Type.String(), Type.Unknown()),
});
export type AuditEntry = Static<typeof AuditEntry>;
