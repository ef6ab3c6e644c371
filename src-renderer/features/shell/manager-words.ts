import type { ManagerView } from '../../../src-shared/model/manager-view.ts';
import { formatCounted } from '../../format/numbers.ts';

const DUTY_WORDS: Readonly<Record<string, string>> = {
  alerts: 'alerts',
  'audit-upkeep': 'audit log',
  'auto-record': 'automatic recording',
  'gone-folders': 'search for gone folders',
  'index-sync': 'index sync',
  integrity: 'integrity checks',
  partitions: 'index upkeep',
  relays: 'relays',
  retention: 'retention',
};

/** What a manager does for all: "alerts, relays"; empty where it does nothing. */
export function dutiesText({ duties }: Pick<ManagerView, 'duties'>): string {
  return duties.map((duty) => DUTY_WORDS[duty] ?? duty).join(', ');
}

/** "1 other", "2 others". */
export function othersText(managers: readonly ManagerView[]): string {
  const count = managers.filter(({ isSelf }) => !isSelf).length;
  return formatCounted(count, 'other');
}

/** Who runs a manager where: "ops at control-2", with the profile if it has one. */
export function managerName({ host, profile, user }: ManagerView): string {
  const where = user === '' ? host : `${user} at ${host}`;
  return profile === '' ? where : `${where}, ${profile}`;
}
