import { UsageError } from './usage-error.ts';

interface Common {
  readonly configPath?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** `liveman profile ...`. A pass phrase is never on the command line, where every user of the computer could read it. */
export type ProfileArguments = Common & { readonly command: 'profile' } & (
    | { readonly action: 'list' }
    | { readonly action: 'export'; readonly profile: string; readonly withSecrets: boolean }
    | {
        readonly action: 'import';
        readonly file: string;
        readonly name: string | null;
        readonly withSecrets: boolean;
      }
  );

export const PROFILE_USAGE = `  profile list          names of the profiles
  profile export NAME   prints a profile as a file, without secrets
      --secrets         with them, encrypted under a pass phrase that is read from standard input
  profile import FILE   makes a profile of such a file
      --name NAME       call it so, instead of as the file says
      --secrets         with the secrets in it; their pass phrase is read from standard input`;

/** Reads the words after `liveman profile`. Throws UsageError. */
export function parseProfileArguments(
  words: readonly string[],
  values: { readonly name?: string | undefined; readonly secrets?: boolean | undefined },
  common: Common,
): ProfileArguments {
  const [action = '', word, ...more] = words;
  const shared = { command: 'profile', ...common } as const;
  const withSecrets = values.secrets === true;
  if (more.length > 0) throw new UsageError(`"profile ${action}" wants one name; put it in quotation marks.`);
  if (action === 'list' && word === undefined) return { ...shared, action };
  if (action === 'export' && word !== undefined) return { ...shared, action, profile: word, withSecrets };
  if (action === 'import' && word !== undefined) {
    return { ...shared, action, file: word, name: values.name ?? null, withSecrets };
  }
  throw new UsageError('"profile" wants one of: list, export NAME, import FILE.');
}
