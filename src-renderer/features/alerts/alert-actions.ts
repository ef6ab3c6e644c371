import type { Alert } from '../../../src-shared/model/alert.ts';
import type { AlertMute, AlertMuteInput } from '../../../src-shared/model/alert-mute.ts';
import { api, errorMessage } from '../../api/client.ts';
import { applyAlerts, readMutes } from '../../stores/alerts-store.ts';
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

/** Writes down what was done, and takes note of the alert. Rejects with what went wrong. */
export async function noteAlert(alert: Alert, note: string): Promise<void> {
  applyAlerts([await api.call('noteAlert', { params: { id: alert.id }, body: { note } })]);
}

/** Keeps alerts quiet. Rejects with what went wrong. */
export async function muteAlerts(input: AlertMuteInput): Promise<void> {
  await api.call('addAlertMute', { body: input });
  await readMutes();
}

/** Ends a mute; a failure is told. */
export async function endMute(mute: AlertMute): Promise<void> {
  try {
    await api.call('removeAlertMute', { params: { id: mute.id } });
    await readMutes();
  } catch (error) {
    showToast({ tone: 'bad', text: `The mute could not be ended. ${errorMessage(error)}` });
  }
}
