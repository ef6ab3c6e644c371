import type { AlertChange } from './alerts/alert-book.ts';
import type { Clock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { ProfileControl } from './profiles/profile-control.ts';
import type { LoadKeychain } from './secrets/keychain.ts';
import type { StartDemo } from './services/demo-service.ts';

/** What only a shell knows; everything else comes from liveman.toml. */
export interface ManagerOptions {
  /** Folder for the database, demo recordings and exports. Made when absent. */
  readonly dataDir: string;
  /** liveman.toml; without it the one in `cwd` is read if there is one. */
  readonly configPath?: string | undefined;
  /** Port instead of the configured one; 0 for any free one. */
  readonly port?: number | undefined;
  /** Host to listen on instead of the configured one. */
  readonly host?: string | undefined;
  /** Starts the demo cluster; without it the demo runs if it ran when the program ended last. */
  readonly isDemo?: boolean | undefined;
  /** Name of the profile, which other managers on the database see; without it there is none. */
  readonly profile?: string | undefined;
  /** Switches between profiles and changes them; without it there is only this one. */
  readonly profiles?: ProfileControl | undefined;
  /** Credential of the desktop shell, made at each start. */
  readonly desktopSecret?: string | undefined;
  /** The way to the keychain; without it secrets are kept in a sealed file in the data folder. */
  readonly loadKeychain?: LoadKeychain | undefined;
  /** Told of alerts that open, open again or close and are not muted: the shell notifies with it. */
  readonly onAlert?: ((change: AlertChange) => void) | undefined;
  readonly rendererDir: string;
  readonly migrationsDir: string;
  readonly version: string;
  readonly startDemo?: StartDemo | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A running manager. */
export interface Manager {
  /** Base URL of the endpoint on this computer, without slash at the end. */
  readonly url: string;
  /** The same endpoint without TLS, for the processes of this program on this computer. */
  readonly innerUrl: string;
  /** URL to open in a browser; carries a one-time login code where authentication is on. */
  readonly loginUrl: string;
  /** Stops everything it started, in reverse order. May be called more than once. */
  close(): Promise<void>;
}
