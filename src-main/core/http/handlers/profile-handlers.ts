import type { Profile } from '../../../../src-shared/model/profile.ts';
import { AppError } from '../../base/errors.ts';
import { findHostPlaces } from '../../profiles/host-places.ts';
import type { ProfileControl } from '../../profiles/profile-control.ts';
import type { Handlers } from '../endpoint.ts';
import { isAdmin, isUnlimited, type Principal } from '../principal.ts';

type ProfileRoute =
  | 'listProfiles'
  | 'createProfile'
  | 'renameProfile'
  | 'deleteProfile'
  | 'activateProfile'
  | 'exportProfile'
  | 'importProfile';

/** Profiles, where a shell runs this manager for one of them. */
export function profileHandlers(control: ProfileControl | undefined): Pick<Handlers, ProfileRoute> {
  const demand = (): ProfileControl => {
    if (control) return control;
    throw new AppError('conflict', 'This program runs without profiles.');
  };
  return {
    listProfiles: async ({ principal }) => {
      const list = (await control?.list()) ?? { profiles: [], switchingTo: null, problem: null };
      const mayKnow = principal !== null && isAdmin(principal) && isUnlimited(principal);
      return mayKnow ? list : { ...list, profiles: list.profiles.map(withoutPlaces), problem: null };
    },
    createProfile: async ({ audit, body, principal }) => {
      audit.object(body.name);
      if (body.copyOf !== null) audit.detail('copyOf', body.copyOf);
      if (body.copyOf !== null) await demandOwn(demand(), body.copyOf, principal);
      return demand().create(body.name, body.copyOf);
    },
    renameProfile: async ({ audit, body, params, principal }) => {
      audit.detail('name', body.name);
      await demandOwn(demand(), params.id, principal);
      return demand().rename(params.id, body.name);
    },
    deleteProfile: async ({ params, principal }) => {
      await demandOwn(demand(), params.id, principal);
      await demand().remove(params.id);
      return { id: params.id };
    },
    activateProfile: async ({ params, principal }) => {
      demandClosed(demand(), params.id, principal);
      await demand().activate(params.id);
      return demand().list();
    },
    exportProfile: async ({ audit, body, params, principal }) => {
      audit.detail('withSecrets', body.passphrase !== null);
      if (body.passphrase !== null) await demandOwn(demand(), params.id, principal);
      const text = await demand().exportFile(params.id, body.passphrase, body.window);
      const { profiles } = await demand().list();
      const name = profiles.find(({ id }) => id === params.id)?.name ?? 'profile';
      return { fileName: `${name.replace(/[^\p{L}\p{N} ._-]/gu, '_')}.liveman-profile.json`, text };
    },
    importProfile: async ({ audit, body, principal }) => {
      const { name, passphrase, text } = body;
      const isOwner = await isOwnerOfFiles(demand(), principal);
      const imported = await demand().importFile(
        text,
        name,
        passphrase,
        isOwner ? undefined : demandNoPlaces,
      );
      audit.object(imported.profile.name);
      return imported;
    },
  };
}

/** Where a cluster lies is for who administers it. */
function withoutPlaces(profile: Profile): Profile {
  return { ...profile, dataDir: '', configPath: null, database: '' };
}

/**
 * The credentials that were shown are those of the profile that runs: another one that asks for its own is not given
 * out, changed or removed with them. The window of the desktop is of who owns the files. Throws forbidden, not_found.
 */
async function demandOwn(control: ProfileControl, id: string, principal: Principal | null): Promise<void> {
  if (principal?.via === 'desktop' || !control.hasAuthentication(id)) return;
  const profile = (await control.list()).profiles.find((each) => each.id === id);
  if (profile?.isActive) return;
  throw new AppError(
    'forbidden',
    `${profile?.name ?? 'The profile'} asks for credentials of its own. Switch to it and log in there first.`,
  );
}

/** Whether a caller has the files of this computer anyway: its desktop, or everybody as nothing asks for credentials. */
async function isOwnerOfFiles(control: ProfileControl, principal: Principal | null): Promise<boolean> {
  if (principal?.via === 'desktop') return true;
  const { profiles } = await control.list();
  return principal?.via === 'local' && !profiles.some(({ id }) => control.hasAuthentication(id));
}

/** Throws forbidden. */
function demandNoPlaces(table: Record<string, unknown>): void {
  const places = findHostPlaces(table);
  if (places.length === 0) return;
  throw new AppError(
    'forbidden',
    `This profile names files, folders or variables of this computer: ${places.join(', ')}. Import it on the computer ` +
      'itself, in the desktop window or with: liveman profile import FILE',
  );
}

/** Who signed in would leave a door open for everybody who reaches the port. Throws conflict, not_found. */
function demandClosed(control: ProfileControl, id: string, principal: Principal | null): void {
  if (principal?.via === 'desktop' || principal?.via === 'local' || control.hasAuthentication(id)) return;
  throw new AppError(
    'conflict',
    'That profile has no authentication: everybody who reaches this address could do everything. Set auth.tokens, ' +
      'auth.secret or auth.accounts in its liveman.toml first.',
  );
}
