import type { Alert } from '../../../src-shared/model/alert.ts';
import { api, errorMessage } from '../../api/client.ts';
import { applyAlerts } from '../../stores/alerts-store.ts';
import { showToast } from '../../stores/toast-store.ts';

/** Takes note of alerts; those that fail stay as they are and are told. */
export async function acknowledgeAlerts(alerts: readonly Alert[]): Promise<void> {
  for (const alert of alerts) {
    try {
      applyAlerts([await api.call('acknowledgeAlert', { params: { id: alert.id } })]);
    } catch (error) {
      showToast({ tone: 'bad', text: `The alert could not be acknowledged. ${errorMessage(error)}` });
      return;
    }
  }
}
