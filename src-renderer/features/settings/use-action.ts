import { useState } from 'react';
import { errorMessage } from '../../api/client.ts';

/** One thing that a dialog does: whether it runs, and what went wrong the last time. */
export function useAction(work: () => Promise<void>) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const run = async () => {
    setIsBusy(true);
    try {
      await work();
    } catch (error) {
      setProblem(errorMessage(error));
      setIsBusy(false);
    }
  };
  return { problem, isBusy, run: () => void run() };
}
