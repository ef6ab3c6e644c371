import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../../../src-shared/contract/error-codes.ts';
import { AppError, errorCode, errorMessage, isAbortError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** What Fastify throws before a handler runs, in the words nodes and upstream's manager use. */
const FRAMEWORK_ERRORS: Record<string, { code: ErrorCode; message: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message: 'Expected request with `Content-Type: application/json`',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'bad_request',
    message: 'Failed to parse the request body as JSON: it is empty',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'bad_request', message: 'Failed to parse the request body as JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'bad_request',
    message: 'The body is not as long as Content-Length says',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', message: 'Failed to buffer the request body' },
};

/** Any failure as one with a code of the contract; what has none is `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const known = FRAMEWORK_ERRORS[errorCode(error) ?? ''];
  if (known) return new AppError(known.code, known.message, { cause: error });
  const status = isFastifyError(error) ? error.statusCode : undefined;
  if (error instanceof SyntaxError || status === 400) {
    return new AppError('bad_request', 'Failed to parse the request body as JSON', { cause: error });
  }
  return new AppError('internal', 'Something went wrong inside the program; its log says what.', {
    cause: error,
  });
}

/** Sends a failure in the form of the route: JSON, or the plain text upstream's clients know. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  form: 'upstream' | 'ours',
  logger: Logger,
): FastifyReply {
  const appError = toAppError(error);
  // Who has hung up is told nothing, and that is no failure of ours.
  const isClientGone = reply.raw.destroyed && (isAbortError(error) || !request.raw.complete);
  if (appError.status >= 500 && !isClientGone) {
    const about = { method: request.method, path: loggedPathOf(request) };
    if (appError.code === 'internal') logger.error({ ...about, err: error }, appError.message);
    else {
      // What a node, the storage or the database did has been foreseen: where in the program tells nobody anything.
      const cause = appError.cause === undefined ? {} : { cause: errorMessage(appError.cause) };
      logger.warn({ ...about, ...cause, code: appError.code }, appError.message);
    }
  }
  reply.status(appError.status).header('cache-control', 'no-store');
  if (appError.code === 'too_many' || appError.status === 503) reply.header('retry-after', '2');
  const wantsJson = form === 'ours' || request.headers.accept?.includes('application/json') === true;
  if (!wantsJson) return reply.type('text/plain; charset=utf-8').send(appError.message);
  return reply.type('application/json; charset=utf-8').send({
    code: appError.code,
    message: appError.message,
    ...(appError.details ? { details: appError.details } : {}),
  });
}

/** Path without query: query strings may hold login codes. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** As `pathOf`, for logs: the secret of a report path is covered. */
function loggedPathOf(request: FastifyRequest): string {
  return pathOf(request).replace(/^\/report-as\/[^/]*/, '/report-as/[secret]');
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error;
}
