import { api, errorMessage } from '../../api/client.ts';
import { applyStatus } from '../../stores/cluster-store.ts';
import { showToast } from '../../stores/toast-store.ts';

/** Filling the demo's past can take a while before the manager answers. */
const DEMO_TIMEOUT_MS = 120_000;

/** Starts or stops the demo cluster. Resolves to null, or to why it did not work, which is also shown. */
export async function switchDemo(isRunning: boolean): Promise<string | null> {
  try {
    applyStatus(await api.call('setDemo', { body: { isRunning }, timeoutMs: DEMO_TIMEOUT_MS }));
    return null;
  } catch (error) {
    const message = errorMessage(error);
    showToast({
      tone: 'bad',
      text: `The demo cluster could not be ${isRunning ? 'started' : 'stopped'}. ${message}`,
    });
    return message;
  }
}
