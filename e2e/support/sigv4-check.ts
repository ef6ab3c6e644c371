import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A refusal as S3 words it. */
export interface S3Refusal {
  readonly status: number;
  readonly code: string;
  readonly extra?: string;
}

export interface SignatureRules {
  /** Access key → secret. */
  readonly keys: Readonly<Record<string, string>>;
  readonly region: string;
  /** The service's clock. */
  readonly nowMs: number;
}

const MAX_SKEW_MS = 15 * 60_000;
const HEADER = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Checks the AWS signature of a request, in its header or in its URL; null when it is right. */
export function refuseSignature(request: IncomingMessage, rules: SignatureRules): S3Refusal | null {
  const [rawPath = '/', rawQuery = ''] = (request.url ?? '/').split('?');
  const query = new Map(rawQuery.split('&').filter(Boolean).map(splitPair));
  const header = HEADER.exec(request.headers.authorization ?? '');
  const isInUrl = query.has('X-Amz-Signature');
  if (!header && !isInUrl) return { status: 403, code: 'AccessDenied' };
  const part = (name: string) => decodeURIComponent(query.get(name) ?? '');
  const credential = header?.[1] ?? part('X-Amz-Credential');
  const signedHeaders = (header?.[2] ?? part('X-Amz-SignedHeaders')).split(';');
  const signature = header?.[3] ?? part('X-Amz-Signature');
  const time = header ? String(request.headers['x-amz-date']) : part('X-Amz-Date');

  const [id = '', day = '', region = '', service = '', end = ''] = credential.split('/');
  const secret = rules.keys[id];
  if (secret === undefined) return { status: 403, code: 'InvalidAccessKeyId' };
  if (region !== rules.region) {
    return { status: 400, code: 'AuthorizationHeaderMalformed', extra: `<Region>${rules.region}</Region>` };
  }
  const ageMs = rules.nowMs - parseTime(time);
  if (isInUrl ? ageMs > Number(part('X-Amz-Expires')) * 1000 : Math.abs(ageMs) > MAX_SKEW_MS) {
    return { status: 403, code: isInUrl ? 'AccessDenied' : 'RequestTimeTooSkewed' };
  }
  const canonical = [
    request.method,
    rawPath,
    [...query]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    signedHeaders.join(';'),
    isInUrl ? 'UNSIGNED-PAYLOAD' : String(request.headers['x-amz-content-sha256']),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, [day, region, service, end].join('/'), sha256(canonical)].join(
    '\n',
  );
  const key = [day, region, service, end].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
  const isRight = timingSafeEqual(
    hmac(key, text),
    Buffer.from(signature.padEnd(64, '0').slice(0, 64), 'hex'),
  );
  return isRight ? null : { status: 403, code: 'SignatureDoesNotMatch' };
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function parseTime(text: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.map(Number) ?? [];
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
