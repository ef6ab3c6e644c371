import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { stringify } from 'smol-toml';
import { Value } from 'typebox/value';
import type { Profile, ProfileList } from '../../../src-shared/model/profile.ts';
import { MIN_PASSPHRASE_CHARS, ProfileName } from '../../../src-shared/model/profile.ts';
import { hasNotedAccounts } from '../auth/account-memo.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { parseSettings, readConfigFile } from '../config/config.ts';
import { withoutSecrets } from '../config/redact-config.ts';
import { isTable } from '../config/schema-node.ts';
import { parseSocketAddress } from '../config/socket-address.ts';
import { adaptUpstreamForms } from '../config/upstream-forms.ts';
import { describeDatabaseUrl } from '../db/database-errors.ts';
import type { LoadKeychain } from '../secrets/keychain.ts';
import { openSecrets } from '../secrets/open-config.ts';
import { replaceFile } from '../secrets/replace-file.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { DEFAULT_PROFILE, ProfileBook, type ProfileEntry, type ProfilePlaces } from './profile-book.ts';
import type { ProfileControl } from './profile-control.ts';
import { type ProfileSecrets, readProfileFile, writeProfileFile } from './profile-file.ts';

/** A manager as far as the supervisor knows it. */
export interface Supervised {
  readonly url: string;
  close(): Promise<void>;
}

export interface ProfileStart extends ProfilePlaces {
  /** Undefined for the default profile, so that a program that has no others looks as ever. */
  readonly profile: string | undefined;
  /** Port to listen on instead of the configured one. */
  readonly port: number | undefined;
  /** Host to listen on instead of the configured one. */
  readonly host: string | undefined;
  readonly profiles: ProfileControl;
}

export interface ProfileSupervisorOptions<M extends Supervised> {
  /** The data folder that the program was given. */
  readonly home: string;
  /** Settings of the default profile, as the command line has them. */
  readonly configPath: string | undefined;
  /** Port of the command line. */
  readonly port: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isDesktop: boolean;
  readonly loadKeychain?: LoadKeychain | undefined;
  /** Builds and starts a manager. */
  readonly start: (start: ProfileStart) => Promise<M>;
  /** Another manager runs now. */
  readonly onSwitch?: (manager: M) => void;
  /** Neither the profile that was wanted nor the one before starts any more. */
  readonly onFailure?: (error: unknown) => void;
  readonly clock?: Clock;
}

/** So that the answer to the call that switches gets out. */
const SWITCH_AFTER_MS = 200;

/**
 * Runs the manager of one profile at a time, a layer above `createManager` that both shells share.
 *
 * A switch closes the manager and starts the other one on the same port, unless its liveman.toml names an address of
 * its own; the window finds it there, and reads everything anew.
 */
export class ProfileSupervisor<M extends Supervised> implements ProfileControl {
  readonly #book: ProfileBook;
  #running: { readonly id: string; readonly manager: M } | null = null;
  #port: number | undefined;
  #switchingTo: string | null = null;
  #problem: string | null = null;
  #work: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(private readonly options: ProfileSupervisorOptions<M>) {
    this.#book = new ProfileBook(options.home, options.configPath);
    this.#port = options.port;
  }

  /**
   * Starts the profile of that name, else the one that ran last; with a configuration of the command line the
   * default one. Throws `not_found`, and what the manager fails with.
   */
  async open(name: string | undefined): Promise<M> {
    await this.#book.load();
    const wanted = name === undefined ? undefined : this.#book.find(name);
    if (name !== undefined && !wanted) {
      const known = this.#book.list().map((profile) => profile.name);
      throw new AppError('not_found', `There is no profile ${name}. There are: ${known.join(', ')}.`);
    }
    const last = this.options.configPath === undefined ? this.#book.active : DEFAULT_PROFILE;
    const manager = await this.#start(wanted?.id ?? last);
    const { port } = new URL(manager.url);
    if (this.options.port !== undefined) this.#port = Number(port);
    return manager;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#running?.manager.close();
  }

  async list(): Promise<ProfileList> {
    // A command may have added one.
    await this.#book.refresh();
    const profiles = this.#book.list().map((entry) => this.#view(entry));
    return { profiles, switchingTo: this.#switchingTo, problem: this.#problem };
  }

  hasAuthentication(id: string): boolean {
    this.#book.demand(id);
    // Accounts may be in its database only, which is not open now.
    if (hasNotedAccounts(this.#book.placesOf(id).dataDir)) return true;
    try {
      const { auth } = this.#readConfig(id).table;
      const settings = isTable(auth) ? [auth.tokens, auth.secret, auth.accounts] : [];
      return settings.some(
        (value) => (typeof value === 'string' || Array.isArray(value)) && value.length > 0,
      );
    } catch {
      return true;
    }
  }

  async create(name: string, copyOf: string | null): Promise<Profile> {
    if (copyOf === null) return this.#add(name, '', {});
    this.#book.demand(copyOf);
    const { config, stored } = await this.#secretsOf(copyOf);
    return this.#add(name, config, stored);
  }

  async rename(id: string, name: string): Promise<Profile> {
    await this.#book.rename(id, name.trim());
    return this.#view(this.#book.demand(id));
  }

  async remove(id: string): Promise<void> {
    const { name } = this.#book.demand(id);
    if (id === DEFAULT_PROFILE) {
      throw new AppError(
        'conflict',
        `${name} is the profile of the data folder itself; it cannot be removed.`,
      );
    }
    if (id === this.#running?.id || id === this.#switchingTo) {
      throw new AppError('conflict', `${name} runs now. Switch to another profile first.`);
    }
    const secrets = await this.#openSecrets(id);
    // From the keychain too, where nothing would name them any more.
    for (const secret of await secrets.list().catch(() => [])) await secrets.delete(secret);
    await this.#book.drop(id);
    // A database server that has just ended may still be tidying up there.
    await rm(this.#book.folderOf(id), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  async activate(id: string): Promise<void> {
    this.#book.demand(id);
    if (this.#switchingTo !== null) {
      throw new AppError('conflict', 'A profile is just being started. Wait until it runs.');
    }
    if (id === this.#running?.id) return;
    this.#switchingTo = id;
    this.#problem = null;
    this.#work = this.#switch(id).finally(() => {
      this.#switchingTo = null;
    });
  }

  async exportFile(
    id: string,
    passphrase: string | null,
    window: Record<string, unknown> | null,
  ): Promise<string> {
    const { name } = this.#book.demand(id);
    if (passphrase !== null && passphrase.length < MIN_PASSPHRASE_CHARS) {
      throw new AppError('bad_request', `The pass phrase needs at least ${MIN_PASSPHRASE_CHARS} characters.`);
    }
    const { table } = this.#readConfig(id);
    // With the keys that this program knows: of others nobody can say which are secret.
    adaptUpstreamForms(table);
    const config = stringify(withoutSecrets(table));
    const secrets = passphrase === null ? null : await this.#secretsOf(id);
    return writeProfileFile({ name, config, window, secrets }, passphrase);
  }

  async importFile(
    text: string,
    name: string | null,
    passphrase: string | null,
    demandSettings: (table: Record<string, unknown>) => void = () => {},
  ): Promise<{ profile: Profile; window: Record<string, unknown> | null }> {
    const content = await readProfileFile(text, passphrase);
    const { secrets, window } = content;
    if (name === null && !Value.Check(ProfileName, content.name)) {
      throw new AppError('bad_request', 'No profile can have the name in this file. Give it another one.');
    }
    const config = secrets?.config ?? content.config;
    demandSettings(parseSettings(config, 'The settings in this profile'));
    const profile = await this.#add(name ?? content.name, config, secrets?.stored ?? {});
    return { profile, window: window === null ? null : { ...window } };
  }

  async #add(name: string, config: string, stored: Readonly<Record<string, string>>): Promise<Profile> {
    const trimmed = name.trim();
    this.#book.demandFreeName(trimmed);
    const id = `${slugOf(trimmed)}-${randomUUID().slice(0, 8)}`;
    const { configPath, dataDir } = this.#book.placesOf(id);
    try {
      await mkdir(dataDir, { recursive: true });
      await replaceFile(configPath as string, config);
      const secrets = Object.keys(stored).length > 0 ? await this.#openSecrets(id) : null;
      for (const [key, value] of Object.entries(stored)) await secrets?.set(key, value);
      await this.#book.add({ id, name: trimmed });
    } catch (error) {
      const secrets = await this.#openSecrets(id).catch(() => null);
      for (const key of Object.keys(stored)) await secrets?.delete(key).catch(() => false);
      await rm(this.#book.folderOf(id), { recursive: true, force: true });
      throw error;
    }
    return this.#view(this.#book.demand(id));
  }

  async #switch(id: string): Promise<void> {
    const { clock = systemClock, onFailure } = this.options;
    await clock.sleep(SWITCH_AFTER_MS, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    const before = this.#running?.id ?? DEFAULT_PROFILE;
    await this.#running?.manager.close().catch((error: unknown) => this.#note(error));
    this.#running = null;
    for (const wanted of [id, before]) {
      if (this.#stop.signal.aborted) return;
      try {
        const manager = await this.#start(wanted);
        this.options.onSwitch?.(manager);
        return;
      } catch (error) {
        this.#note(error);
        if (wanted === before) onFailure?.(error);
      }
    }
  }

  async #start(id: string): Promise<M> {
    const entry = this.#book.demand(id);
    const { host, port } = this.#addressFor(id);
    const manager = await this.options.start({
      ...this.#book.placesOf(id),
      profile: id === DEFAULT_PROFILE ? undefined : entry.name,
      port,
      host,
      profiles: this,
    });
    this.#running = { id, manager };
    await this.#book.setActive(id).catch((error: unknown) => this.#note(error));
    return manager;
  }

  /** Profiles without an address of their own are where the default one is. */
  #addressFor(id: string): { host: string | undefined; port: number | undefined } {
    const asConfigured = { host: undefined, port: this.#port };
    if (id === DEFAULT_PROFILE) return asConfigured;
    if (listenOf(this.#readConfig(id).table) !== null) return { host: undefined, port: undefined };
    const address = parseSocketAddress(this.#defaultListen() ?? '');
    return address ? { host: address.host, port: this.#port ?? address.port } : asConfigured;
  }

  #defaultListen(): string | null {
    try {
      return listenOf(this.#readConfig(DEFAULT_PROFILE).table);
    } catch {
      return null;
    }
  }

  #note(error: unknown): void {
    this.#problem ??= errorMessage(error);
  }

  #view({ id, name }: ProfileEntry): Profile {
    const { configPath, dataDir } = this.#book.placesOf(id);
    return {
      id,
      name,
      isActive: id === this.#running?.id,
      isDefault: id === DEFAULT_PROFILE,
      dataDir,
      configPath: configPath ?? null,
      database: this.#databaseOf(id),
    };
  }

  #databaseOf(id: string): string {
    try {
      const { database } = this.#readConfig(id).table;
      const url = (isTable(database) ? database.url : undefined) ?? this.options.env.DATABASE_URL ?? '';
      if (url === '') return 'built-in';
      return typeof url === 'string' && URL.canParse(url) ? describeDatabaseUrl(url) : 'named by a secret';
    } catch {
      return 'not known: its liveman.toml cannot be read';
    }
  }

  #readConfig(id: string) {
    const { cwd } = this.options;
    const { configPath } = this.#book.placesOf(id);
    return readConfigFile({ cwd, ...(configPath === undefined ? {} : { path: configPath }) });
  }

  /** The settings as they are, and what the secret store of the profile has. */
  async #secretsOf(id: string): Promise<ProfileSecrets> {
    const { path, text } = this.#readConfig(id);
    const secrets = await this.#openSecrets(id);
    const stored: Record<string, string> = {};
    for (const name of await secrets.list()) {
      const reading = await secrets.get(name);
      if (reading.kind === 'found') stored[name] = reading.value;
      else if (reading.kind !== 'absent') throw new AppError('secrets_locked', reading.reason);
    }
    return { config: path === null ? '' : text, stored };
  }

  async #openSecrets(id: string): Promise<SecretStore> {
    const { cwd, env, isDesktop, loadKeychain } = this.options;
    const { configPath, dataDir } = this.#book.placesOf(id);
    const file = configPath === undefined ? {} : { path: configPath };
    return openSecrets({ ...file, cwd, env: { ...env }, dataDir, isDesktop, loadKeychain });
  }
}

function listenOf({ http }: Record<string, unknown>): string | null {
  return isTable(http) && typeof http.listen === 'string' ? http.listen : null;
}

/** A part of a folder name that reminds of the profile. */
function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return slug === '' ? 'profile' : slug;
}
