import { isDeepStrictEqual } from 'node:util';
import { errorMessage } from '../base/errors.ts';
import { noteSecret } from '../base/known-secrets.ts';
import {
  type ConfigFile,
  checkConfig,
  type LoadConfigOptions,
  type LoadedConfig,
  parseAgain,
  type ReadSecret,
  readConfigFile,
} from '../config/config.ts';
import { CONFIG_ROOT, isTable } from '../config/schema-node.ts';
import { ABSENT, type SecretReading } from '../config/secret-reading.ts';
import {
  eachSecret,
  findReferences,
  findUnreadable,
  type SecretReference,
} from '../config/secret-references.ts';
import type { LoadKeychain } from './keychain.ts';
import { SecretKeeper, type SecretKeeperOptions } from './secret-keeper.ts';
import type { SecretStore } from './secret-store.ts';

export interface OpenConfigOptions extends LoadConfigOptions {
  readonly dataDir: string;
  readonly isDesktop: boolean;
  readonly loadKeychain?: LoadKeychain | undefined;
}

export interface OpenedConfig extends LoadedConfig {
  readonly secrets: SecretKeeper;
  /** Where secrets are only named, and what they were at the start: those of the environment have no reading. */
  readonly named: readonly NamedSecret[];
  /** The settings as they were read, with other secrets. Throws as `loadConfig` does. */
  readonly withSecrets: (readSecret: ReadSecret) => LoadedConfig;
  /** That the file says other settings now, in words; null while it says the same, if in another way. */
  readonly findChange: () => Promise<string | null>;
}

export interface NamedSecret extends Pick<SecretReference, 'kind' | 'name' | 'path'> {
  readonly reading?: SecretReading | undefined;
}

/**
 * Reads the settings and the secrets that they name, from the secret store of the data folder.
 *
 * Throws as `loadConfig` does, also where a secret cannot be read without which nothing works or everybody could
 * get in. Other secrets that cannot be read become warnings.
 */
export async function openConfig(options: OpenConfigOptions): Promise<OpenedConfig> {
  const { env } = options;
  const file = readConfigFile(options);
  const secrets = await openKeeper(options, file);
  const references = referencesOf(file, env);
  const readings = await readAll(secrets, storedNames(references));
  const loaded = noted(checkConfig(file, env, (name) => readings.get(name) ?? ABSENT));
  const named = references.map(({ kind, name, path }) => ({ kind, name, path, reading: readings.get(name) }));
  const withSecrets = (readSecret: ReadSecret) => noted(checkConfig(parseAgain(file), env, readSecret));
  const findChange = () => changeWords(file, options, secrets);
  return { ...loaded, secrets, named, withSecrets, findChange };
}

/** The environment may name secrets too (DATABASE_URL), so its names are looked up with those of the file. */
function referencesOf({ table }: ConfigFile, env: OpenConfigOptions['env']): SecretReference[] {
  return [
    ...findReferences(CONFIG_ROOT, table),
    ...findReferences(CONFIG_ROOT, { database: { url: env.DATABASE_URL ?? '' } }),
  ];
}

function storedNames(references: readonly SecretReference[]): Set<string> {
  return new Set(references.flatMap(({ kind, name }) => (kind === 'keychain' ? [name] : [])));
}

/** Secrets that were moved out of the file since are the same settings. */
async function changeWords(
  before: ConfigFile,
  options: OpenConfigOptions,
  secrets: SecretKeeper,
): Promise<string | null> {
  try {
    const now = readConfigFile(options);
    if (now.text === before.text) return null;
    const files = [parseAgain(before), now];
    const names = storedNames(files.flatMap((file) => referencesOf(file, options.env)));
    const readings = await readAll(secrets, names);
    const read: ReadSecret = (name) => readings.get(name) ?? ABSENT;
    const [inForce, next] = files.map((file) => noted(checkConfig(file, options.env, read)).config);
    if (isDeepStrictEqual(inForce, next)) return null;
    return `${now.label} was changed; what it says now counts from the next start. Start Liveman again.`;
  } catch (error) {
    return `${before.label} was changed, and the next start fails with it. ${errorMessage(error)}`;
  }
}

/** Its secrets are covered in logs and last words from now on; of a URL the password in it. */
function noted(loaded: LoadedConfig): LoadedConfig {
  eachSecret(CONFIG_ROOT, { ...loaded.config }, '', (_, value, __, { isSecret }) => {
    if (findUnreadable(value)) return;
    if (isSecret !== 'password') noteSecret(value);
    else if (URL.canParse(value)) noteSecret(plainText(new URL(value).password));
  });
  return loaded;
}

function plainText(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** Only the secret store, without checking the rest of the file. Throws where the file cannot be read. */
export async function openSecrets(options: OpenConfigOptions): Promise<SecretKeeper> {
  return openKeeper(options, readConfigFile(options));
}

function openKeeper(options: OpenConfigOptions, file: ConfigFile): Promise<SecretKeeper> {
  const { dataDir, env, isDesktop, loadKeychain } = options;
  return SecretKeeper.open({
    folder: dataDir,
    wanted: wantedStore(file.table),
    phrase: env.LIVEMAN_SECRET_KEY,
    isDesktop,
    loadKeychain,
  });
}

/** A wrong value is left for the check of the file to name. */
function wantedStore({ secrets }: Record<string, unknown>): SecretKeeperOptions['wanted'] {
  const store = isTable(secrets) ? secrets.store : undefined;
  return store === 'keychain' || store === 'file' ? store : 'auto';
}

/** What a store answers to each name. */
export async function readAll(
  store: Pick<SecretStore, 'get'>,
  names: ReadonlySet<string>,
): Promise<Map<string, SecretReading>> {
  const readings = new Map<string, SecretReading>();
  for (const name of names) readings.set(name, await store.get(name));
  return readings;
}
