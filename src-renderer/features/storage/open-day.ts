import { api, errorMessage } from '../../api/client.ts';
import { navigate } from '../../router.ts';
import { showToast } from '../../stores/toast-store.ts';

/** Shows a stream on the timeline where its recorded time of a UTC day (`yyyy-mm-dd`) begins. */
export async function openDay(stream: string, day: string): Promise<void> {
  const startUs = Date.parse(`${day}T00:00:00Z`) * 1000;
  try {
    const instant = await api.call('getInstant', { params: { stream }, query: { ts: startUs } });
    navigate('recordings', { stream, at: instant.segment ? startUs : (instant.afterUs ?? startUs) });
  } catch (error) {
    showToast({ tone: 'bad', text: errorMessage(error) });
  }
}
