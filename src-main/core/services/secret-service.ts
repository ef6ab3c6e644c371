import type { SecretState } from '../../../src-shared/model/secret-state.ts';
import { AppError } from '../base/errors.ts';
import { ABSENT } from '../config/secret-reading.ts';
import { whyUnreadable } from '../config/secret-references.ts';
import { type FileSecrets, PlainSecrets } from '../secrets/plain-secrets.ts';
import type { SecretKeeper } from '../secrets/secret-keeper.ts';
import type { StoreKind } from '../secrets/store-record.ts';

type FileState = NonNullable<SecretState['file']>;

/** Names with a slash are the program's own: tokens of nodes that were added in the window. */
const isOwnName = (name: string) => name.includes('/');

/** What the window and its routes do with secrets. No method gives a value out. */
export class SecretService {
  readonly #file: PlainSecrets | null;

  constructor(
    private readonly keeper: SecretKeeper,
    /** liveman.toml; null where there is none. */
    private readonly configPath: string | null,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#file = configPath === null ? null : new PlainSecrets(configPath, keeper);
  }

  /** Throws secrets_unavailable where not even the place of the secrets is known. */
  async state(): Promise<SecretState> {
    const store = await this.keeper.state();
    const names = await this.keeper.list().catch(() => []);
    return {
      store,
      stored: names.filter((name) => !isOwnName(name)),
      tokenCount: names.filter(isOwnName).length,
      file: await this.#fileState(),
    };
  }

  set(name: string, value: string): Promise<void> {
    return this.keeper.set(name, value);
  }

  /** Throws not_found. */
  async remove(name: string): Promise<void> {
    if (await this.keeper.delete(name)) return;
    throw new AppError('not_found', `There is no secret ${name} in ${this.keeper.name}.`);
  }

  /** Throws conflict where the file says where secrets are kept, and errors of the stores. */
  async moveTo(place: StoreKind): Promise<void> {
    const { isConfigured, kind } = await this.keeper.state();
    if (isConfigured && kind === place) return;
    if (isConfigured) {
      const message =
        'liveman.toml says where secrets are kept. Change secrets.store there and start Liveman again.';
      throw new AppError('conflict', message);
    }
    await this.keeper.moveTo(place);
  }

  /** Moves secrets out of liveman.toml; see `PlainSecrets.move`. */
  async extract(paths: readonly string[]): Promise<{ path: string; name: string }[]> {
    if (!this.#file) throw new AppError('not_found', 'There is no liveman.toml.');
    return (await this.#file.move(paths)).map(({ name, path }) => ({ path, name }));
  }

  async #fileState(): Promise<FileState | null> {
    const { configPath } = this;
    if (!this.#file || configPath === null) return null;
    const nothing = { plain: [], named: [], whyReadOnly: null };
    try {
      const listed = await this.#file.list();
      return {
        path: configPath,
        problem: null,
        ...listed,
        plain: [...listed.plain],
        named: await this.#named(listed),
      };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { path: configPath, problem: error.message, ...nothing };
    }
  }

  async #named({ named }: FileSecrets): Promise<FileState['named']> {
    const states: FileState['named'] = [];
    for (const secret of named) {
      const fromEnv = this.env[secret.name] ? ({ kind: 'found', value: '' } as const) : ABSENT;
      const reading = secret.kind === 'env' ? fromEnv : await this.keeper.get(secret.name);
      states.push({ ...secret, problem: reading.kind === 'found' ? null : whyUnreadable(secret, reading) });
    }
    return states;
  }
}
