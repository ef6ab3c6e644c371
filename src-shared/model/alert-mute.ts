import { type Static, Type } from 'typebox';
import { ALERT_KINDS, type Alert, AlertObject } from './alert.ts';

/** Which alerts are to be muted; at least one of kind and object is given. */
export const AlertMuteInput = Type.Object({
  kind: Type.Union([Type.Enum([...ALERT_KINDS]), Type.Null()], { description: 'Null for every kind.' }),
  object: Type.Union([AlertObject, Type.Null()], { description: 'Null for every object.' }),
  endsAtMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'Milliseconds since the Unix epoch; null until somebody ends it.',
  }),
  reason: Type.String({ maxLength: 500, description: 'Why; may be empty.' }),
});
export type AlertMuteInput = Static<typeof AlertMuteInput>;

/** Alerts that operators do not want to be told about for a while. */
export const AlertMute = Type.Object({
  ...AlertMuteInput.properties,
  id: Type.String(),
  createdAtMs: Type.Number(),
  createdBy: Type.String(),
});
export type AlertMute = Static<typeof AlertMute>;

/** The mute that keeps an alert quiet now, the one that lasts longest; null when there is none. */
export function findMute(
  alert: Pick<Alert, 'kind' | 'object'>,
  mutes: readonly AlertMute[],
  nowMs: number,
): AlertMute | null {
  const endOf = (mute: AlertMute) => mute.endsAtMs ?? Number.POSITIVE_INFINITY;
  let found: AlertMute | null = null;
  for (const mute of mutes) {
    if (endOf(mute) <= nowMs || !isAbout(mute, alert)) continue;
    if (!found || endOf(mute) > endOf(found)) found = mute;
  }
  return found;
}

function isAbout({ kind, object }: AlertMute, alert: Pick<Alert, 'kind' | 'object'>): boolean {
  return (
    (kind === null || kind === alert.kind) &&
    (object === null || (object.kind === alert.object.kind && object.name === alert.object.name))
  );
}
