import { AppError } from '../../base/errors.ts';
import type { ProfileControl } from '../../profiles/profile-control.ts';
import type { Handlers } from '../endpoint.ts';

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
    listProfiles: async () => control?.list() ?? { profiles: [], switchingTo: null, problem: null },
    createProfile: async ({ body }) => demand().create(body.name, body.copyOf),
    renameProfile: async ({ body, params }) => demand().rename(params.id, body.name),
    deleteProfile: async ({ params }) => {
      await demand().remove(params.id);
      return { id: params.id };
    },
    activateProfile: async ({ params }) => {
      await demand().activate(params.id);
      return demand().list();
    },
    exportProfile: async ({ body, params }) => {
      const text = await demand().exportFile(params.id, body.passphrase, body.window);
      const { profiles } = await demand().list();
      const name = profiles.find(({ id }) => id === params.id)?.name ?? 'profile';
      return { fileName: `${name.replace(/[^\p{L}\p{N} ._-]/gu, '_')}.liveman-profile.json`, text };
    },
    importProfile: async ({ body }) => demand().importFile(body.text, body.name, body.passphrase),
  };
}
