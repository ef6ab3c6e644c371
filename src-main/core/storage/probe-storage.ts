import { randomUUID } from 'node:crypto';
import type {
  StorageProblem,
  StorageStep,
  StorageStepResult,
  StorageTestResult,
} from '../../../src-shared/model/storage-view.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { folderProbe } from './probe-folder.ts';
import type { NamedStorage } from './storage-set.ts';

/** What a test does with a storage; each call throws an AppError with `details.problem`. */
export interface StorageProbe {
  readonly place: string;
  /** Resolves to the key of some object below the root, or null. */
  list(signal: AbortSignal): Promise<string | null>;
  write(key: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Up to `sizeBytes` bytes from the start. */
  read(key: string, sizeBytes: number, signal: AbortSignal): Promise<Buffer>;
  remove(key: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Where the test objects lie below the root; whoever finds one may delete it. */
const TEST_FOLDER = '.liveman-test';

/**
 * Tries a storage: lists, writes a small object, reads it and removes it again.
 *
 * Never throws for what the storage does. Where nothing may be written an object that is there is read instead.
 */
export async function testStorage(storage: NamedStorage, signal: AbortSignal): Promise<StorageTestResult> {
  const startMs = performance.now();
  const steps: StorageStepResult[] = [];
  const tried = async <T>(step: StorageStep, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await work();
      steps.push({ step, outcome: 'ok', problem: null, message: '' });
      return value;
    } catch (error) {
      signal.throwIfAborted();
      steps.push({ step, outcome: 'failed', problem: problemOf(error), message: errorMessage(error) });
      return undefined;
    }
  };
  const skip = (step: StorageStep, message: string) =>
    steps.push({ step, outcome: 'skipped', problem: null, message });
  const probe = await tried('list', () => openProbe(storage));
  steps.length = probe ? 0 : steps.length;
  try {
    if (probe) await runSteps(probe, { tried, skip, steps }, signal);
  } finally {
    probe?.close();
  }
  return { ...verdict(storage, steps), steps, tookMs: Math.round(performance.now() - startMs) };
}

interface Stepping {
  readonly tried: <T>(step: StorageStep, work: () => Promise<T>) => Promise<T | undefined>;
  readonly skip: (step: StorageStep, message: string) => void;
  readonly steps: readonly StorageStepResult[];
}

async function runSteps(probe: StorageProbe, { tried, skip, steps }: Stepping, signal: AbortSignal) {
  const found = await tried('list', () => probe.list(signal));
  if (found === undefined && isHopeless(steps.at(-1)?.problem)) return;
  const key = `${TEST_FOLDER}/${randomUUID()}`;
  const bytes = Buffer.from('Liveman wrote this to test the storage. It may be deleted.\n');
  const isWritten = (await tried('write', async () => {
    await probe.write(key, bytes, signal);
    return true;
  })) as boolean | undefined;
  const toRead = isWritten ? key : (found ?? null);
  if (toRead === null) skip('read', 'There is no object that could be read.');
  else {
    await tried('read', async () => {
      const read = await probe.read(toRead, bytes.length, signal);
      if (!isWritten || read.equals(bytes)) return;
      throw new AppError('storage_unavailable', `${probe.place} gives back other bytes than were written.`, {
        details: { problem: 'other' satisfies StorageProblem },
      });
    });
  }
  if (isWritten) await tried('remove', () => probe.remove(key, signal));
  else skip('remove', 'Nothing was written.');
}

/** The other steps would say the same. A permission is missing for each step on its own. */
function isHopeless(problem: StorageProblem | null | undefined): boolean {
  return problem !== 'no-permission';
}

function verdict(
  storage: NamedStorage,
  steps: readonly StorageStepResult[],
): Pick<StorageTestResult, 'outcome' | 'message'> {
  const failed = steps.filter(({ outcome }) => outcome === 'failed');
  const first = failed[0];
  if (!first) return { outcome: 'ok', message: `${storage.store.name} can be listed, read and written.` };
  const isPlayable = failed.every(({ step }) => step === 'write' || step === 'remove');
  if (!isPlayable) return { outcome: 'failed', message: first.message };
  const message =
    'Recordings can be indexed and played. Uploads of nodes and retention need more: ' +
    failed.map(({ message: text }) => text).join(' ');
  return { outcome: 'read-only', message };
}

async function openProbe({ config, section, store, uploadTarget }: NamedStorage): Promise<StorageProbe> {
  if (uploadTarget.kind === 'folder') return folderProbe(uploadTarget.root);
  const { bucketProbe } = await import('./probe-bucket.ts');
  return bucketProbe({ ...config, section }, store.name);
}

function problemOf(error: unknown): StorageProblem {
  const problem = error instanceof AppError ? error.details?.problem : undefined;
  return (problem as StorageProblem | undefined) ?? 'other';
}
