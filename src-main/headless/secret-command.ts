import { mkdir } from 'node:fs/promises';
import { AppError } from '../core/base/errors.ts';
import { isSecretName } from '../core/config/secret-references.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import { openSecrets } from '../core/secrets/open-config.ts';
import type { Places } from './places.ts';
import { readSecretValue } from './read-secret-value.ts';
import type { SecretArguments } from './secret-arguments.ts';

/** `liveman secret`: stores, names, removes and moves secrets. It needs neither database nor network. */
export async function runSecret(args: SecretArguments, places: Places): Promise<number> {
  const store = await openSecrets({
    path: args.configPath,
    env: { ...process.env },
    cwd: process.cwd(),
    dataDir: places.dataDir,
    // Who types the command can unlock the keychain.
    isDesktop: process.stdin.isTTY === true,
    loadKeychain: loadOsKeychain,
  });
  switch (args.action) {
    case 'list': {
      const state = await store.state();
      for (const name of await store.list()) process.stdout.write(`${name}\n`);
      process.stderr.write(`Secrets are in ${state.name}.${state.problem ? ` ${state.problem}` : ''}\n`);
      return 0;
    }
    case 'set': {
      demandName(args.name);
      const value = await readSecretValue(`Secret ${args.name}: `);
      await mkdir(places.dataDir, { recursive: true });
      await store.set(args.name, value);
      process.stderr.write(`Stored in ${store.name}. Write it in liveman.toml as "keychain:${args.name}".\n`);
      return 0;
    }
    case 'delete': {
      demandName(args.name);
      if (!(await store.delete(args.name))) {
        throw new AppError('not_found', `There is no secret ${args.name} in ${store.name}.`);
      }
      process.stderr.write(`Removed from ${store.name}.\n`);
      return 0;
    }
    case 'move': {
      await store.moveTo(args.place);
      process.stderr.write(`All secrets are in ${(await store.state()).name} now.\n`);
      return 0;
    }
  }
}

function demandName(name: string): void {
  if (isSecretName(name)) return;
  throw new AppError(
    'bad_request',
    `${JSON.stringify(name)} is no name for a secret: letters, digits, dot, dash and underscore, 100 at most.`,
  );
}
