import type { Alert } from '../../src-shared/model/alert.ts';
import { navigate } from '../router.ts';
import { showToast } from './toast-store.ts';

/** More than this at once are told in one message: when a switch fails, a hundred nodes go down together. */
const MAX_SINGLE = 2;

/** Tells of alerts that just opened. */
export function showAlertToasts(fresh: readonly Alert[]): void {
  const telling = fresh.filter((alert) => alert.acknowledgedAtMs === null);
  const action = { label: 'Show', run: () => navigate('alerts') };
  if (telling.length > MAX_SINGLE) {
    showToast({ tone: 'bad', text: `${telling.length} new alerts.`, action });
    return;
  }
  for (const alert of telling) {
    showToast({ tone: alert.severity === 'critical' ? 'bad' : 'info', text: alert.text, action });
  }
}
