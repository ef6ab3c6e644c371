import { type FormEvent, useState } from 'react';
import { ApiError, errorMessage } from '../../api/client.ts';

/** Runs an attempt to log in; keeps what went wrong in words: `refused` where it is not let in. */
export function useLogin(attempt: () => Promise<void>, refused: string) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem(null);
    try {
      await attempt();
    } catch (error) {
      const isRefused = error instanceof ApiError && error.code === 'unauthorized';
      setProblem(isRefused ? refused : errorMessage(error));
    } finally {
      setIsBusy(false);
    }
  };
  return { problem, isBusy, submit: (event: FormEvent) => void submit(event) };
}
