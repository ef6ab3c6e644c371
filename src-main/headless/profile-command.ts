import { readFile } from 'node:fs/promises';
import { AppError, errorMessage } from '../core/base/errors.ts';
import { type ProfileStart, ProfileSupervisor } from '../core/profiles/profile-supervisor.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import type { Places } from './places.ts';
import type { ProfileArguments } from './profile-arguments.ts';
import { readSecretValue } from './read-secret-value.ts';

/** `liveman profile`: lists, exports and imports profiles, also while a manager runs on the data folder. */
export async function runProfile(args: ProfileArguments, places: Places): Promise<number> {
  const supervisor = new ProfileSupervisor({
    home: places.dataDir,
    configPath: args.configPath,
    port: undefined,
    env: process.env,
    cwd: process.cwd(),
    // Who types the command can unlock the keychain.
    isDesktop: process.stdin.isTTY === true,
    loadKeychain: loadOsKeychain,
    start: (start: ProfileStart) => Promise.reject(new Error(`${start.dataDir} is not started here.`)),
  });
  const { profiles } = await supervisor.list();
  switch (args.action) {
    case 'list': {
      for (const { name } of profiles) process.stdout.write(`${name}\n`);
      return 0;
    }
    case 'export': {
      const found = profiles.find(({ id, name }) => name === args.profile || id === args.profile);
      if (!found) {
        const names = profiles.map(({ name }) => name).join(', ');
        throw new AppError('not_found', `There is no profile ${args.profile}. There are: ${names}.`);
      }
      process.stdout.write(await supervisor.exportFile(found.id, await readPhrase(args.withSecrets), null));
      return 0;
    }
    case 'import': {
      const text = await readFile(args.file, 'utf8').catch((cause: unknown) => {
        throw new AppError('bad_request', `${args.file} cannot be read: ${errorMessage(cause)}`, { cause });
      });
      const phrase = await readPhrase(args.withSecrets);
      const { profile } = await supervisor.importFile(text, args.name, phrase);
      process.stderr.write(`Made the profile ${profile.name} in ${profile.dataDir}.\n`);
      return 0;
    }
  }
}

async function readPhrase(isWanted: boolean): Promise<string | null> {
  return isWanted ? readSecretValue('Pass phrase: ') : null;
}
