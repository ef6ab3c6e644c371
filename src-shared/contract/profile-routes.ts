import { Type } from 'typebox';
import { MIN_PASSPHRASE_CHARS, Profile, ProfileList, ProfileName } from '../model/profile.ts';
import { defineRoutes } from './route.ts';

const Id = Type.Object({ id: Type.String() });
const Passphrase = Type.Union([
  Type.String({ minLength: MIN_PASSPHRASE_CHARS, maxLength: 1000 }),
  Type.Null(),
]);
const WindowSettings = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
  description: 'Settings of the window, which only the window understands.',
});

/** Clusters side by side, of which one runs. */
export const profileRoutes = defineRoutes({
  listProfiles: {
    method: 'GET',
    path: '/api/profiles',
    access: 'observe',
    summary: 'The profiles of this program, and whether it is just switching.',
    form: 'ours',
    reply: ProfileList,
    errors: [],
  },
  createProfile: {
    method: 'POST',
    path: '/api/profiles',
    access: 'admin',
    audit: 'create profile',
    summary: 'Makes a profile, empty or with the settings and stored secrets of another one.',
    form: 'ours',
    body: Type.Object({ name: ProfileName, copyOf: Type.Union([Type.String(), Type.Null()]) }),
    reply: Profile,
    errors: ['not_found', 'conflict', 'unprocessable', 'secrets_locked'],
  },
  renameProfile: {
    method: 'PATCH',
    path: '/api/profiles/{id}',
    access: 'admin',
    audit: 'rename profile',
    summary: 'Gives a profile another name.',
    form: 'ours',
    params: Id,
    body: Type.Object({ name: ProfileName }),
    reply: Profile,
    errors: ['not_found', 'conflict', 'unprocessable'],
  },
  deleteProfile: {
    method: 'DELETE',
    path: '/api/profiles/{id}',
    access: 'admin',
    audit: 'delete profile',
    summary:
      'Removes settings, secrets and built-in database of a profile; a PostgreSQL of your own is not touched.',
    form: 'ours',
    params: Id,
    reply: Type.Object({ id: Type.String() }),
    errors: ['not_found', 'conflict'],
  },
  activateProfile: {
    method: 'POST',
    path: '/api/profiles/{id}/activate',
    access: 'admin',
    audit: 'switch profile',
    summary:
      'Ends the manager of this profile and starts that one, on the same port unless it has an address of its own.',
    form: 'ours',
    params: Id,
    reply: ProfileList,
    errors: ['not_found', 'conflict'],
  },
  exportProfile: {
    method: 'POST',
    path: '/api/profiles/{id}/export',
    access: 'admin',
    audit: 'export profile',
    summary: 'A profile as one file; secrets are in it, encrypted, only with a pass phrase.',
    form: 'ours',
    params: Id,
    body: Type.Object({ passphrase: Passphrase, window: WindowSettings }),
    reply: Type.Object({ fileName: Type.String(), text: Type.String() }),
    errors: ['bad_request', 'not_found', 'secrets_locked'],
  },
  importProfile: {
    method: 'POST',
    path: '/api/profiles/import',
    access: 'admin',
    audit: 'import profile',
    summary: 'Makes a profile of an exported one.',
    form: 'ours',
    body: Type.Object({
      text: Type.String({ maxLength: 1_000_000 }),
      name: Type.Union([ProfileName, Type.Null()], {
        description: 'Null for the name it was exported with.',
      }),
      passphrase: Passphrase,
    }),
    reply: Type.Object({ profile: Profile, window: WindowSettings }),
    errors: ['bad_request', 'conflict', 'unprocessable'],
  },
});
