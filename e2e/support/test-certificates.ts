import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { MS_PER_DAY } from '../../src-shared/util/units.ts';

/** A certificate and its key, both PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that nobody knows, and certificates that it signs. */
export interface TestAuthority {
  readonly cert: string;
  /** For host names and addresses, valid from a day ago until `validMs` from now. */
  issue(names: readonly string[], validMs?: number): TestCertificate;
}

const OIDS = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
} as const;

/** Makes an authority with a key of its own: nothing is downloaded, and no other program is needed. */
export function createAuthority(name = 'Liveman test authority'): TestAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [extension(OIDS.basicConstraints, sequence(Buffer.from([1, 1, 0xff])))];
  const sign = (subject: string, publicKey: KeyObject, validMs: number, more: Buffer[]) =>
    certificate({ issuer: name, subject, publicKey, signer: keys.privateKey, validMs, extensions: more });
  return {
    cert: sign(name, keys.publicKey, 30 * MS_PER_DAY, extensions),
    issue: (names, validMs = 30 * MS_PER_DAY) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = names.map((each) =>
        isIP(each) ? der(0x87, Buffer.from(each.split('.').map(Number))) : der(0x82, Buffer.from(each)),
      );
      const extension_ = extension(OIDS.subjectAltName, sequence(...alternatives));
      return {
        cert: sign(names[0] ?? 'nobody', own.publicKey, validMs, [extension_]),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

interface CertificateFields {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly validMs: number;
  readonly extensions: readonly Buffer[];
}

/** X.509 version 3 as RFC 5280 has it, in PEM. */
function certificate(fields: CertificateFields): string {
  const algorithm = sequence(oid(OIDS.ecdsaWithSha256));
  const nowMs = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(fields.issuer),
    sequence(time(nowMs - MS_PER_DAY), time(nowMs + fields.validMs)),
    nameOf(fields.subject),
    fields.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...fields.extensions)),
  );
  const signature = createSign('sha256').update(body).sign(fields.signer);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function extension(id: string, content: Buffer): Buffer {
  return sequence(oid(id), der(0x04, content));
}

function nameOf(text: string): Buffer {
  const attribute = sequence(oid(OIDS.commonName), der(0x0c, Buffer.from(text)));
  return sequence(der(0x31, attribute));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(digits));
}
