/**
 * Every error code the program can answer with: its HTTP status and what it means.
 *
 * A code is never reused for another meaning. `error-reply.ts` turns an `AppError` into a reply from this
 * table; the renderer shows `message` and, where it knows the code, a remedy of its own.
 */
export const ERROR_CODES = {
  bad_request: { status: 400, meaning: 'The request cannot be read; the message says which part and why.' },
  invalid_range: { status: 400, meaning: 'A time range is empty, reversed or not in microseconds.' },
  unauthorized: { status: 401, meaning: 'No valid token, session or login code came with the request.' },
  forbidden: { status: 403, meaning: 'The caller is known but may not do this.' },
  not_found: { status: 404, meaning: 'No such route or object.' },
  stream_not_found: { status: 404, meaning: 'Nothing is known under this stream name.' },
  no_media: { status: 404, meaning: 'Nothing is recorded in this range; the nearest times are given.' },
  object_missing: { status: 404, meaning: 'The index knows the object but storage does not have it.' },
  conflict: { status: 409, meaning: 'The thing exists already or is in another state.' },
  codec_change: {
    status: 409,
    meaning: 'The range crosses a change of codec configuration; the parts to ask for are given.',
  },
  payload_too_large: { status: 413, meaning: 'The request body is larger than the route takes.' },
  unsupported_media_type: { status: 415, meaning: 'The route takes JSON only.' },
  range_not_satisfiable: { status: 416, meaning: 'The byte range lies outside the object.' },
  unprocessable: { status: 422, meaning: 'The JSON is well formed but has a wrong shape.' },
  media_unusable: { status: 422, meaning: 'Media is there but cannot be decoded; the message says why.' },
  too_many: {
    status: 429,
    meaning: 'Too many of these at once or in a row; the message says when to retry.',
  },
  internal: { status: 500, meaning: 'A defect of this program; the log has the details.' },
  node_unreachable: { status: 502, meaning: 'The node refused the connection or answered nonsense.' },
  no_available_node: { status: 503, meaning: 'No node that answers can take this; the message says why.' },
  database_unavailable: {
    status: 503,
    meaning: 'The database cannot be reached; the request can be repeated.',
  },
  storage_unavailable: { status: 503, meaning: 'Storage cannot be read or written now.' },
  secrets_locked: {
    status: 503,
    meaning: 'Stored secrets are there but cannot be opened now; the message says which key is missing.',
  },
  secrets_unavailable: { status: 503, meaning: 'The place where secrets are stored fails.' },
  node_timeout: { status: 504, meaning: 'The node did not answer in time.' },
} as const satisfies Record<string, { status: number; meaning: string }>;

/** A stable name of a failure, as sent in `ErrorReply.code`. */
export type ErrorCode = keyof typeof ERROR_CODES;
