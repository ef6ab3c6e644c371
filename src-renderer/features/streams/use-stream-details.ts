import { useCallback, useEffect, useRef, useState } from 'react';
import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';

export interface StreamParts {
  /** The stream as each node that answers has it. */
  readonly copies: Readonly<Record<string, Stream>>;
  readonly recorders: readonly RecorderView[];
}

export interface StreamDetailsState {
  /** Null until the first answer. */
  readonly parts: StreamParts | null;
  readonly problem: string | null;
  /** Reads at once, after something was done. */
  readonly readAgain: () => void;
}

const EVERY_MS = 3000;

/** Sessions and recordings of one stream, read anew every few seconds while somebody looks. */
export function useStreamDetails(stream: string): StreamDetailsState {
  const [parts, setParts] = useState<StreamParts | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const readNow = useRef<() => void>(() => {});

  useEffect(() => {
    const aborter = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { signal } = aborter;
    const read = async () => {
      try {
        const [copies, { recorders }] = await Promise.all([
          api.call('getStream', { params: { stream }, signal }),
          api.call('listRecorders', { query: { stream }, signal }),
        ]);
        setParts({ copies, recorders });
        setProblem(null);
      } catch (error) {
        if (isAborted(error)) return;
        setProblem(errorMessage(error));
      }
      if (!signal.aborted) timer = setTimeout(read, EVERY_MS);
    };
    readNow.current = () => {
      clearTimeout(timer);
      void read();
    };
    void read();
    return () => {
      aborter.abort();
      clearTimeout(timer);
    };
  }, [stream]);

  return { parts, problem, readAgain: useCallback(() => readNow.current(), []) };
}
