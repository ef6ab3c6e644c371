import type { IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import { api, errorMessage } from '../../api/client.ts';
import { formatCounted } from '../../format/numbers.ts';
import { applyIntegrityRun } from '../../stores/integrity-store.ts';
import { showToast } from '../../stores/toast-store.ts';

/** What a call takes at once; objects may have to be read. */
const AT_ONCE = 100;
const REPAIR_MS = 120_000;

/** Starts a check of everything, with `isDeep` one that reads each file; a failure is told. */
export async function startCheck(isDeep: boolean): Promise<void> {
  try {
    applyIntegrityRun(await api.call('startIntegrityCheck', { body: { isDeep } }));
  } catch (error) {
    showToast({ tone: 'bad', text: errorMessage(error) });
  }
}

export async function cancelCheck(): Promise<void> {
  try {
    await api.call('cancelIntegrityCheck');
  } catch (error) {
    showToast({ tone: 'bad', text: errorMessage(error) });
  }
}

/** Mends findings as each says, and tells what came of it. */
export async function repairFindings(findings: readonly IntegrityFinding[]): Promise<void> {
  let repairedCount = 0;
  const messages: string[] = [];
  try {
    for (let from = 0; from < findings.length; from += AT_ONCE) {
      const ids = findings.slice(from, from + AT_ONCE).map(({ id }) => id);
      const { failed, repaired } = await api.call('repairFindings', { body: { ids }, timeoutMs: REPAIR_MS });
      repairedCount += repaired.length;
      messages.push(...failed.map(({ message }) => message));
    }
  } catch (error) {
    messages.push(errorMessage(error));
  }
  if (repairedCount > 0)
    showToast({ tone: 'ok', text: `${formatCounted(repairedCount, 'finding')} repaired.` });
  const [first] = messages;
  if (first === undefined) return;
  const rest =
    messages.length > 1
      ? ` ${formatCounted(messages.length - 1, 'other')} could not be repaired either.`
      : '';
  showToast({ tone: 'bad', text: `${first}${rest}` });
}
