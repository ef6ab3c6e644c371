import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { AppError } from '../base/errors.ts';
import type { SecretReading } from '../config/secret-reading.ts';

/** What a request is signed with. */
export type S3Key = 'access_key_id' | 'secret_access_key' | 'session_token';

/** How S3 services are reached, and their keys read that the file only names. */
export interface S3Reach {
  readonly agents: (
    url: string,
    maxSockets: number,
  ) => { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly readSecret: (name: string) => Promise<SecretReading>;
  /** Keys that are stored secrets, with their names. */
  readonly storedKeys: Readonly<Partial<Record<S3Key, string>>>;
}

/** A storage of the configuration with type = "s3"; an empty text counts as absent. */
export interface S3Options {
  /** Where its keys stand in the file, for messages; `recorder.storage` when absent. */
  readonly section?: string;
  readonly bucket: string;
  /** Prefix of all keys; slashes at its ends do not count. */
  readonly root?: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly access_key_id?: string | undefined;
  readonly secret_access_key?: string | undefined;
  readonly session_token?: string | undefined;
  readonly disable_config_load?: boolean;
  readonly enable_virtual_host_style?: boolean;
  /** Without it directly, and keys are as the file has them. */
  readonly reach?: S3Reach | undefined;
}

/** What services take that know no regions. */
export const DEFAULT_REGION = 'us-east-1';

/** The part of the file that describes the storage. */
export function sectionOf({ section }: Pick<S3Options, 'section'>): string {
  return section ?? 'recorder.storage';
}

/** The endpoint as a URL; undefined where the AWS environment decides. */
export function s3Endpoint(options: S3Options): string | undefined {
  const { endpoint } = options;
  if (!endpoint) {
    if (!options.disable_config_load) return undefined;
    // The client would look for one in the environment and in the profile.
    return `https://s3.${options.region || DEFAULT_REGION}.amazonaws.com`;
  }
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw new AppError(
    'bad_request',
    `${sectionOf(options)}.endpoint is ${JSON.stringify(endpoint)}; expected the URL of the service, like https://s3.example.com.`,
  );
}
