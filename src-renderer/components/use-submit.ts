import { useState } from 'react';
import { errorMessage } from '../../src-shared/util/error-message.ts';

/** The one thing that a dialog does. */
export interface Submit {
  /** What went wrong the last time, in words. */
  readonly problem: string | null;
  /** It is being done, or has been: a dialog that did its work closes. */
  readonly isBusy: boolean;
  readonly submit: () => void;
}

/** Does `work` when asked, once at a time; it rejects with what went wrong, and may be tried again then. */
export function useSubmit(work: () => Promise<void>): Submit {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const run = async () => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(errorMessage(error));
      setIsBusy(false);
    }
  };
  return { problem, isBusy, submit: () => void run() };
}
