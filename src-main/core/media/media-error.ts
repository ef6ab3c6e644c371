import { AppError } from '../base/errors.ts';

/**
 * Media bytes that cannot be understood: truncated, contradictory or of a kind nobody writes.
 *
 * The message says what was read and at which byte; the caller adds the file's name.
 */
export class MediaFormatError extends AppError {
  constructor(message: string, details?: Record<string, unknown>) {
    super('media_unusable', message, details === undefined ? {} : { details });
  }
}
