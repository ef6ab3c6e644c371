import { offsetName } from './zone-time.ts';

/** The operator's choice: this computer's zone, UTC, or an IANA name. */
export type ZoneChoice = string;

export const LOCAL_ZONE: ZoneChoice = 'local';
export const UTC_ZONE: ZoneChoice = 'utc';

/** The IANA name behind a choice. */
export function resolveZone(choice: ZoneChoice): string {
  if (choice === LOCAL_ZONE) return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  return choice === UTC_ZONE ? 'UTC' : choice;
}

/** Whether Intl knows the name of a zone. */
export function isKnownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** All zones Intl knows, UTC first. */
export function listZones(): string[] {
  const names = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC');
  return ['UTC', ...names];
}

/** "UTC+1 Berlin": offset at the instant and the city of the zone; "UTC" alone for UTC. */
export function formatZone(timeUs: number, zone: string): string {
  const offset = offsetName(timeUs, zone);
  if (zone === 'UTC') return 'UTC';
  return `${offset} ${zoneCity(zone)}`;
}

/** "Berlin" of Europe/Berlin. */
export function zoneCity(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}
