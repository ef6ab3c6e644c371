/** Ends the program in order: what runs is closed first, then the process ends. */
export interface Shutdown {
  /** What to close; registered once it runs. Closing waits for it when the program is already ending. */
  use(part: { close(): Promise<void> }): void;
  /** Begins to end the program, with this exit status (0); further calls change nothing. */
  begin(status?: number): void;
}

interface ShutdownOptions {
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** A part that has not closed by then is left behind. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

/** Makes the one shutdown of the process. The exit status is 1 when something could not be closed in time. */
export function createShutdown({ exit, timeoutMs, onError }: ShutdownOptions): Shutdown {
  const parts: { close(): Promise<void> }[] = [];
  let hasBegun = false;

  const closeAll = async () => {
    for (let part = parts.pop(); part; part = parts.pop()) await part.close();
  };
  return {
    use(part) {
      // Came up while the program was ending: nobody else will close it.
      if (hasBegun) void part.close().catch(onError);
      else parts.push(part);
    },
    begin(status = 0) {
      if (hasBegun) return;
      hasBegun = true;
      const timer = setTimeout(() => {
        onError(new Error(`Not everything could be closed within ${timeoutMs} ms.`));
        exit(1);
      }, timeoutMs);
      closeAll().then(
        () => exit(status),
        (error) => {
          onError(error);
          exit(1);
        },
      );
      timer.unref();
    },
  };
}
