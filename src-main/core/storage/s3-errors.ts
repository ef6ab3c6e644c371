import { AppError, errorCode, errorMessage } from '../base/errors.ts';

/** What keeps an S3 storage from being used, as far as its answers tell. */
export type S3Problem =
  | 'no-credentials'
  | 'wrong-key'
  | 'wrong-secret'
  | 'expired-session'
  | 'wrong-region'
  | 'no-bucket'
  | 'no-permission'
  | 'clock-skew'
  | 'tls'
  | 'unreachable'
  | 'not-s3'
  | 'other';

/** Where the storage is, for the words of an error. */
export interface S3Place {
  /** `s3://bucket/root`. */
  readonly name: string;
  readonly bucket: string;
  /** The configured endpoint, or words for AWS. */
  readonly endpoint: string;
  /** Where its keys stand in the file: `recorder.storage`. */
  readonly section: string;
}

const PROBLEM_OF_CODE: Readonly<Record<string, S3Problem>> = {
  CredentialsProviderError: 'no-credentials',
  InvalidAccessKeyId: 'wrong-key',
  InvalidAccessKey: 'wrong-key',
  SignatureDoesNotMatch: 'wrong-secret',
  ExpiredToken: 'expired-session',
  InvalidToken: 'expired-session',
  TokenRefreshRequired: 'expired-session',
  InvalidSecurityToken: 'expired-session',
  AuthorizationHeaderMalformed: 'wrong-region',
  AuthorizationQueryParametersError: 'wrong-region',
  PermanentRedirect: 'wrong-region',
  TemporaryRedirect: 'wrong-region',
  IllegalLocationConstraintException: 'wrong-region',
  NoSuchBucket: 'no-bucket',
  AccessDenied: 'no-permission',
  AllAccessDisabled: 'no-permission',
  AccountProblem: 'no-permission',
  RequestTimeTooSkewed: 'clock-skew',
  RequestExpired: 'clock-skew',
  NotS3: 'not-s3',
};

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Of OpenSSL and of Node, for connections that are refused by us or by the other side. */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|EPROTO$)|CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/;

/** The HTTP status of an error of the S3 client; undefined where there was no answer. */
export function s3Status(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode;
}

/** The service's own word for a failure (`NoSuchKey`), or the name of the error. */
export function s3Code(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('Code' in error && typeof error.Code === 'string') return error.Code;
  return error instanceof Error ? error.name : '';
}

/** An answer that came, but from something else than an S3 service: a console, a proxy, a login page. */
export function noS3Answer(cause?: unknown): Error {
  return Object.assign(new Error('no answer of an S3 service', { cause }), { Code: 'NotS3' });
}

/** Throws `noS3Answer` for what was read from an answer to a listing where that was no listing. */
export function demandListing(page: { readonly Name?: string; readonly IsTruncated?: boolean }): void {
  // Pages of HTML are read without complaint, as an empty list.
  if (page.Name === undefined && page.IsTruncated === undefined) throw noS3Answer();
}

/** Whether the answer says no more than its status, as every answer to HEAD does. */
export function isWordless(error: unknown): boolean {
  const status = s3Status(error);
  return status !== undefined && status < 500 && PROBLEM_OF_CODE[s3Code(error)] === undefined;
}

/** Whether the object alone is missing, its bucket is there. */
export function isMissingObject(error: unknown): boolean {
  const code = s3Code(error);
  return code === 'NoSuchKey' || (s3Status(error) === 404 && code !== 'NoSuchBucket');
}

/** Whether the same call may do better a little later: the connection broke, or the service is in trouble. */
export function isPassing(error: unknown): boolean {
  const status = s3Status(error);
  if (status !== undefined && status >= 400) return status >= 500 || status === 429;
  const code = errorCode(error) ?? '';
  if (code === 'ENOTFOUND' || TLS_CODE.test(code)) return false;
  return UNREACHABLE_CODES.has(code) || s3Code(error) === 'TimeoutError' || errorMessage(error) === 'aborted';
}

/** A failure of the S3 client in the words of an operator; `details.problem` names it for programs. */
export function s3Failure(error: unknown, place: S3Place): AppError {
  if (error instanceof AppError) return error;
  const problem = problemOf(error);
  return new AppError('storage_unavailable', words(problem, error, place), {
    cause: error,
    details: { problem },
  });
}

function problemOf(error: unknown): S3Problem {
  const code = s3Code(error);
  const known = PROBLEM_OF_CODE[code];
  if (known) return known;
  if (/region is missing/i.test(errorMessage(error))) return 'wrong-region';
  const status = s3Status(error);
  if (status !== undefined && status < 400) {
    if ((status === 301 || status === 307) && answerHeader(error, REGION_HEADER) !== undefined)
      return 'wrong-region';
    if (status >= 300 || NO_XML.test(errorMessage(error))) return 'not-s3';
  }
  if (status === 401 || status === 403) return 'no-permission';
  if (status !== undefined && status >= 400) return 'other';
  if (TLS_CODE.test(errorCode(error) ?? '')) return 'tls';
  const isNetwork = UNREACHABLE_CODES.has(errorCode(error) ?? '') || code === 'TimeoutError';
  return isNetwork || errorMessage(error) === 'aborted' ? 'unreachable' : 'other';
}

/** What the S3 client says of answers that it cannot read. */
const NO_XML = /XML parse error|Deserialization error/;
const REGION_HEADER = 'x-amz-bucket-region';

/** A header of the answer that the S3 client took for an error. */
function answerHeader(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { $response, cause } = error as { $response?: { headers?: Record<string, string> }; cause?: unknown };
  return $response?.headers?.[name] ?? answerHeader(cause, name);
}

function words(problem: S3Problem, error: unknown, { bucket, endpoint, name, section }: S3Place): string {
  const start = `The storage ${name} cannot be used`;
  switch (problem) {
    case 'no-credentials':
      return `${start}: no credentials were found. Set ${section}.access_key_id and secret_access_key, or the AWS environment or profile.`;
    case 'wrong-key':
      return `${start}: ${endpoint} does not know the access key. Check ${section}.access_key_id.`;
    case 'wrong-secret':
      return `${start}: the secret does not belong to the access key. Check ${section}.secret_access_key.`;
    case 'expired-session':
      return `${start}: the session token is no longer good. Renew ${section}.session_token.`;
    case 'wrong-region':
      return `${start}: the bucket is in another region${regionOf(error)}. Check ${section}.region.`;
    case 'no-bucket':
      return `${start}: ${endpoint} has no bucket ${JSON.stringify(bucket)}. Check ${section}.bucket.`;
    case 'no-permission':
      return `${start}: the access key is good but has no permission for this. Allow it to list, read and write below ${name}.`;
    case 'clock-skew':
      return `${start}: the clock of this computer differs too much from that of ${endpoint}. Set it right.`;
    case 'tls':
      return `${start}: no secure connection to ${endpoint} (${errorCode(error)}). Its certificate is not one that this computer trusts, or the endpoint does not speak TLS: check ${section}.endpoint, http or https.`;
    case 'unreachable':
      return `${start}: ${endpoint} cannot be reached (${errorCode(error) ?? errorMessage(error)}). Check ${section}.endpoint and the network.`;
    case 'not-s3': {
      const location = answerHeader(error, 'location') ?? '';
      const answer = URL.canParse(location)
        ? `sends us on to ${new URL(location).origin}`
        : 'answers, but not as an S3 service does';
      return `${start}: ${endpoint} ${answer}. Check ${section}.endpoint: https or http, and the port of the service's API, not that of its console.`;
    }
    case 'other': {
      const status = s3Status(error);
      const answer = [status, s3Code(error)].filter((part) => part !== undefined && part !== '').join(' ');
      return `${start}: ${endpoint} answered ${answer} (${errorMessage(error).split('\n')[0]}).`;
    }
  }
}

function regionOf(error: unknown): string {
  const told = typeof error === 'object' && error !== null && 'Region' in error ? error.Region : undefined;
  const region = told ?? answerHeader(error, REGION_HEADER);
  return typeof region === 'string' && /^[\w-]{1,40}$/.test(region) ? ` (${region})` : '';
}
