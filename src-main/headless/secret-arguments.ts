import { UsageError } from './usage-error.ts';

interface Common {
  readonly configPath?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** `liveman secret ...`. A value is never on the command line, where every user of the computer could read it. */
export type SecretArguments = Common & { readonly command: 'secret' } & (
    | { readonly action: 'list' }
    | { readonly action: 'set' | 'delete'; readonly name: string }
    | { readonly action: 'move'; readonly place: 'keychain' | 'file' }
  );

/** Reads the words after `liveman secret`. Throws UsageError. */
export function parseSecretArguments(words: readonly string[], common: Common): SecretArguments {
  const [action = '', word, ...more] = words;
  const command = 'secret' as const;
  if (more.length > 0) {
    throw new UsageError('Give the value of a secret on standard input, not on the command line.');
  }
  if ((action === 'list' || action === 'get-names') && word === undefined) {
    return { command, ...common, action: 'list' };
  }
  if (action === 'set' || action === 'delete') {
    if (word === undefined) throw new UsageError(`"secret ${action}" needs the name of the secret.`);
    return { command, ...common, action, name: word };
  }
  if (action === 'move' && (word === 'keychain' || word === 'file')) {
    return { command, ...common, action, place: word };
  }
  throw new UsageError('"secret" wants one of: list, set NAME, delete NAME, move keychain, move file.');
}
