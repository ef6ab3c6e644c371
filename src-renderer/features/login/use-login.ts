import { type FormEvent, useState } from 'react';
import { ApiError, errorMessage } from '../../api/client.ts';

/** Runs an attempt to sign in; keeps what went wrong in words. */
export function useLogin(attempt: () => Promise<void>) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem(null);
    try {
      await attempt();
    } catch (error) {
      setProblem(loginProblem(error));
    } finally {
      setIsBusy(false);
    }
  };
  return { problem, isBusy, submit: (event: FormEvent) => void submit(event) };
}

/** What to tell somebody whose attempt failed. */
export function loginProblem(error: unknown): string {
  if (error instanceof ApiError && error.code === 'unauthorized') {
    return 'This was not accepted. Check it for typing mistakes.';
  }
  return errorMessage(error);
}
