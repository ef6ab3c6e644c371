import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { withFileLock } from '../base/file-lock.ts';
import { replaceFile } from '../secrets/replace-file.ts';

/** A profile as it is written down. */
export interface ProfileEntry {
  readonly id: string;
  readonly name: string;
}

export interface ProfilePlaces {
  readonly dataDir: string;
  /** liveman.toml; undefined for the one in the working directory, if there is one. */
  readonly configPath: string | undefined;
}

export const DEFAULT_PROFILE = 'default';

interface Written {
  readonly active: string;
  readonly profiles: readonly ProfileEntry[];
}

/**
 * Which profiles there are: `profiles.json` in the data folder that the program was given.
 *
 * The default profile is that folder itself; each other one has a folder `profiles/ID` in it, with its liveman.toml
 * and, in `data`, its database and secrets.
 */
export class ProfileBook {
  readonly #path: string;
  #written: Written = { active: DEFAULT_PROFILE, profiles: [{ id: DEFAULT_PROFILE, name: 'Default' }] };

  #changing: Promise<void> = Promise.resolve();

  constructor(
    private readonly home: string,
    /** Settings of the default profile, as the command line has them. */
    private readonly defaultConfigPath: string | undefined,
  ) {
    this.#path = join(home, 'profiles.json');
  }

  /** Throws `conflict` for a file that cannot be read: guessing would start the wrong cluster. */
  async load(): Promise<void> {
    try {
      const json = JSON.parse(await readFile(this.#path, 'utf8')) as Written;
      const profiles = json.profiles.filter(({ id, name }) => isId(id) && typeof name === 'string');
      const hasDefault = profiles.some(({ id }) => id === DEFAULT_PROFILE);
      this.#written = {
        active: String(json.active),
        profiles: hasDefault ? profiles : [{ id: DEFAULT_PROFILE, name: 'Default' }, ...profiles],
      };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      const remedy = 'Put a copy back, or move it away to start with the default profile.';
      throw new AppError('conflict', `${this.#path} cannot be read (${errorMessage(error)}). ${remedy}`, {
        cause: error,
      });
    }
  }

  /** Reads the list anew, once what is being written to it is there. What cannot be read now is as it was. */
  async refresh(): Promise<void> {
    this.#changing = this.#changing.then(() => this.load()).catch(() => {});
    await this.#changing;
  }

  list(): readonly ProfileEntry[] {
    return this.#written.profiles;
  }

  /** The one that ran last. */
  get active(): string {
    const { active, profiles } = this.#written;
    return profiles.some(({ id }) => id === active) ? active : DEFAULT_PROFILE;
  }

  /** Throws `not_found`. */
  demand(id: string): ProfileEntry {
    const entry = this.#written.profiles.find((profile) => profile.id === id);
    if (!entry) throw new AppError('not_found', 'There is no such profile. The list may have changed.');
    return entry;
  }

  /** By its name or id; undefined where there is none. */
  find(name: string): ProfileEntry | undefined {
    const { profiles } = this.#written;
    return profiles.find((each) => isSameName(each.name, name)) ?? profiles.find(({ id }) => id === name);
  }

  placesOf(id: string): ProfilePlaces {
    if (id === DEFAULT_PROFILE) return { dataDir: this.home, configPath: this.defaultConfigPath };
    const folder = this.folderOf(id);
    return { dataDir: join(folder, 'data'), configPath: join(folder, 'liveman.toml') };
  }

  /** Everything of a profile that is not the default one. */
  folderOf(id: string): string {
    return resolve(this.home, 'profiles', id);
  }

  async add(entry: ProfileEntry): Promise<void> {
    await this.#change((written) => {
      this.demandFreeName(entry.name);
      return { ...written, profiles: [...written.profiles, entry] };
    });
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#change((written) => {
      if (!isSameName(this.demand(id).name, name)) this.demandFreeName(name);
      return { ...written, profiles: written.profiles.map((each) => (each.id === id ? { id, name } : each)) };
    });
  }

  async drop(id: string): Promise<void> {
    await this.#change((written) => ({
      ...written,
      profiles: written.profiles.filter((each) => each.id !== id),
    }));
  }

  async setActive(active: string): Promise<void> {
    await this.#change((written) => (active === written.active ? written : { ...written, active }));
  }

  /** Throws `conflict`. */
  demandFreeName(name: string): void {
    if (!this.#written.profiles.some((each) => isSameName(each.name, name))) return;
    throw new AppError('conflict', `There is a profile ${name} already. Choose another name.`);
  }

  /** One change after another: a switch that ends and a removal come at the same time, and both write the file. */
  #change(change: (written: Written) => Written): Promise<void> {
    const done = this.#changing.then(async () => {
      await mkdir(this.home, { recursive: true });
      await withFileLock(this.#path, async () => {
        // A command may have changed it meanwhile.
        await this.load();
        const next = change(this.#written);
        if (next === this.#written) return;
        await replaceFile(this.#path, `${JSON.stringify(next, null, 2)}\n`);
        this.#written = next;
      });
    });
    this.#changing = done.catch(() => {});
    return done;
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && /^[a-z\d][a-z\d-]{0,79}$/.test(id);
}

/** Some file systems and most people do not tell them apart. */
function isSameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
