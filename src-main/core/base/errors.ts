import { ERROR_CODES, type ErrorCode } from '../../../src-shared/contract/error-codes.ts';

/**
 * A failure that has a name in the contract.
 *
 * `message` is for an operator: what, where, what to do; it never holds a secret. `details` is JSON data for
 * programs (the nearest times, the parts of a clip). `cause` keeps the library's error for the log.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get details(): Record<string, unknown> | undefined {
    return this.options.details;
  }
}

/** Whether an error is the outcome of an AbortSignal, which is never reported as a failure. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** The message of anything thrown, for logs and for `cause` chains. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node or PostgreSQL error (`ENOENT`, `23505`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
