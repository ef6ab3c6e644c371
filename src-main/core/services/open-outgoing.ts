import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError, errorCode } from '../base/errors.ts';
import { Outgoing } from '../base/outgoing.ts';
import { chooseProxies } from '../base/proxy-choice.ts';
import type { Config } from '../config/config-schema.ts';
import { findUnreadable } from '../config/secret-references.ts';
import type { OpenedConfig } from '../secrets/open-config.ts';
import type { S3Key, S3Reach } from '../storage/s3-options.ts';

/** Gives every S3 storage of the settings the way to its service and to its keys, in place. */
export function reachStorages(
  { config: { recorder, storages }, named, secrets }: Pick<OpenedConfig, 'config' | 'named' | 'secrets'>,
  outgoing: Outgoing,
): void {
  const storedKeys = (section: string): Partial<Record<S3Key, string>> =>
    Object.fromEntries(
      named.flatMap(({ kind, name, path }) =>
        kind === 'keychain' && path.startsWith(`${section}.`) ? [[path.slice(section.length + 1), name]] : [],
      ),
    );
  const give = (storage: (typeof storages)[number] | typeof recorder.storage, section: string) =>
    Object.assign(storage, {
      reach: {
        agents: (url: string, maxSockets: number) => outgoing.nodeAgents(url, maxSockets),
        readSecret: (name: string) => secrets.get(name),
        storedKeys: storedKeys(section),
      } satisfies S3Reach,
    });
  give(recorder.storage, 'recorder.storage');
  for (const [index, storage] of storages.entries()) give(storage, `storages[${index}]`);
}

/** Reads the certificates and the proxy that the settings name. Throws bad_request where a file cannot be used. */
export function openOutgoing(
  config: Pick<Config, 'nodes' | 'proxy' | 'tls'>,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Outgoing {
  const files = config.tls.ca_files.map((file, index): [string, string] => [`tls.ca_files[${index}]`, file]);
  // Node itself forgets it where certificates are named.
  const { NODE_EXTRA_CA_CERTS } = env;
  if (NODE_EXTRA_CA_CERTS && files.length > 0) {
    files.push(['The environment variable NODE_EXTRA_CA_CERTS', NODE_EXTRA_CA_CERTS]);
  }
  const nodes = config.nodes.filter(({ ca_file, url }) => ca_file !== '' && findUnreadable(url) === null);
  checkProxies(env);
  return new Outgoing({
    certificates: files.map(([key, file]) => readCertificates(key, resolve(cwd, file))),
    certificatesOf: new Map(
      nodes.map(({ alias, ca_file, url }) => [
        new URL(url).origin,
        readCertificates(`ca_file of the node ${alias}`, resolve(cwd, ca_file)),
      ]),
    ),
    chooseProxy: chooseProxies(
      { url: config.proxy.url, bypass: config.proxy.no_proxy ?? null, isForLoopback: config.proxy.loopback },
      env,
    ),
  });
}

/** Those of the settings are checked with the settings. Throws bad_request. */
function checkProxies(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
    const url = env[name.toLowerCase()] || env[name];
    if (!url) continue;
    const whole = url.includes('://') ? url : `http://${url}`;
    if (URL.canParse(whole) && /^https?:$/.test(new URL(whole).protocol)) continue;
    throw new AppError(
      'bad_request',
      `The environment variable ${name} is no URL of an HTTP proxy. Correct it, or set proxy.url = "direct".`,
    );
  }
}

function readCertificates(key: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    // Throws unless the first block is a certificate.
    new X509Certificate(text);
    return text;
  } catch (error) {
    const code = errorCode(error);
    const isOfFile = code !== undefined && /^E[A-Z]+$/.test(code);
    const why = isOfFile ? `cannot be read (${code})` : 'holds no certificate in PEM form';
    throw new AppError('bad_request', `${key}: the file ${file} ${why}.`, { cause: error });
  }
}
