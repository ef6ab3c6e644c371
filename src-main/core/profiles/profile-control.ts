import type { Profile, ProfileList } from '../../../src-shared/model/profile.ts';

/** What can be done with profiles while one of them runs; the shell brings it. */
export interface ProfileControl {
  list(): Promise<ProfileList>;
  /**
   * Whether its liveman.toml asks for credentials or cannot be read, or its database had accounts when it ran last.
   * Throws `not_found`.
   */
  hasAuthentication(id: string): boolean;
  /** With `copyOf` the settings and stored secrets of that one, else none. Throws `conflict` for a taken name. */
  create(name: string, copyOf: string | null): Promise<Profile>;
  rename(id: string, name: string): Promise<Profile>;
  /** Removes its settings, secrets and built-in database; a database of one's own stays. Throws `conflict` for the one that runs. */
  remove(id: string): Promise<void>;
  /** Begins to switch; the caller's answer has a moment to get out. */
  activate(id: string): Promise<void>;
  /** The text of the file; with a pass phrase it holds the secrets. */
  exportFile(id: string, passphrase: string | null, window: Record<string, unknown> | null): Promise<string>;
  /**
   * Makes a profile of an exported one; also gives the settings of the window it came with. `demandSettings` throws where
   * its settings must not be taken. Nothing is left of what is refused.
   */
  importFile(
    text: string,
    name: string | null,
    passphrase: string | null,
    demandSettings?: (table: Record<string, unknown>) => void,
  ): Promise<{ profile: Profile; window: Record<string, unknown> | null }>;
}
