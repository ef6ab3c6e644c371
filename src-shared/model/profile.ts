import { type Static, Type } from 'typebox';

/** A cluster with settings, database and secrets of its own. */
export const Profile = Type.Object({
  id: Type.String(),
  name: Type.String(),
  isActive: Type.Boolean({ description: 'The one that runs.' }),
  isDefault: Type.Boolean({ description: 'The one that was there first; it stays.' }),
  dataDir: Type.String({
    description:
      'Its folder on the computer of the manager. Empty for who may not administer all streams, as are its liveman.toml and database.',
  }),
  configPath: Type.Union([Type.String(), Type.Null()], {
    description: 'Its liveman.toml; null where it runs without one.',
  }),
  database: Type.String({
    description: 'Which PostgreSQL: "built-in", or where it is, without the password.',
  }),
});
export type Profile = Static<typeof Profile>;

/** All profiles, and whether one is just being switched to. */
export const ProfileList = Type.Object({
  profiles: Type.Array(Profile),
  switchingTo: Type.Union([Type.String(), Type.Null()], {
    description: 'Id of the one that is being started.',
  }),
  problem: Type.Union([Type.String(), Type.Null()], {
    description: 'Why the profile that was wanted last did not start; the one before runs again.',
  }),
});
export type ProfileList = Static<typeof ProfileList>;

const NAME_CHARS = '[^\\x00-\\x1f\\x7f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069/\\\\]';

/** Names that a folder, a file and a menu can carry. */
export const ProfileName = Type.String({
  minLength: 1,
  maxLength: 60,
  // Without control characters, also those that turn the direction of writing around.
  pattern: `^(?=.*\\S)${NAME_CHARS}+$`,
});

/** Shortest pass phrase under which secrets leave the computer. */
export const MIN_PASSPHRASE_CHARS = 8;
