import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../base/errors.ts';

/**
 * The part of keytar's API that is used. `findCredentials` is not: on a locked keyring it ends the whole process
 * (seen with gnome-keyring 42 and keytar 7.10.6).
 */
export interface KeychainApi {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** A way to the keychain of the operating system, or why there is none here. */
export type KeychainLoad =
  | { readonly kind: 'ready'; readonly api: KeychainApi }
  | { readonly kind: 'missing'; readonly reason: string };

export type LoadKeychain = () => Promise<KeychainLoad>;

/** Loads keytar, which is an optional package with a native part. Never rejects. */
export async function loadOsKeychain(): Promise<KeychainLoad> {
  const noBus = whyNoSecretService();
  if (noBus !== null) return { kind: 'missing', reason: noBus };
  try {
    const { default: api } = await import('keytar');
    return { kind: 'ready', api };
  } catch (error) {
    return { kind: 'missing', reason: loadProblem(errorMessage(error)) };
  }
}

/** Asking without a session bus would make libsecret start one of its own, which nobody else sees. */
function whyNoSecretService(): string | null {
  if (process.platform !== 'linux' || process.env.DBUS_SESSION_BUS_ADDRESS) return null;
  const { XDG_RUNTIME_DIR } = process.env;
  if (XDG_RUNTIME_DIR && existsSync(join(XDG_RUNTIME_DIR, 'bus'))) return null;
  return 'There is no keychain here: no Secret Service runs, as this is no desktop session.';
}

function loadProblem(message: string): string {
  const library = /lib[\w.-]+\.so[\w.]*/.exec(message)?.[0];
  if (library) return `The keychain needs the system library ${library}. Install it (Debian: libsecret-1-0).`;
  if (/Cannot find (package|module)/.test(message)) return 'The keychain module is not installed.';
  return `The keychain module cannot be loaded: ${message.split('\n')[0]}`;
}
