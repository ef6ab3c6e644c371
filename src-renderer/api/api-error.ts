import type { ErrorCode } from '../../src-shared/contract/error-codes.ts';

export { errorMessage } from '../../src-shared/util/error-message.ts';

/** What the window itself finds, beside the codes the manager answers with. */
export type ClientErrorCode = 'network' | 'timeout' | 'aborted' | 'bad_reply';

/** A failed call: `message` is for the operator, `code` for the program. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode | ClientErrorCode;
  /** HTTP status; null where there was no reply. */
  readonly status: number | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode | ClientErrorCode,
    message: string,
    options: { status?: number; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
    this.details = options.details ?? {};
  }
}

/** Whether a call ended because its caller gave it up. */
export function isAborted(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'aborted';
}
