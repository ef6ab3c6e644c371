import { type Static, Type } from 'typebox';

const NullableText = Type.Union([Type.String(), Type.Null()]);

/** Where secrets are kept. */
export const SecretPlaceKind = Type.Union([Type.Literal('keychain'), Type.Literal('file')]);
export type SecretPlaceKind = Static<typeof SecretPlaceKind>;

/** The secrets of this computer and of its liveman.toml: where they are, never what they are. */
export const SecretState = Type.Object({
  store: Type.Object({
    kind: SecretPlaceKind,
    name: Type.String({ description: 'For sentences: the keychain, or the path of the file.' }),
    isConfigured: Type.Boolean({ description: 'liveman.toml says where: it is changed there.' }),
    problem: Type.Union([Type.String(), Type.Null()], {
      description: 'Why secrets cannot be read or stored now, and what to do.',
    }),
    noKeychain: Type.Union([Type.String(), Type.Null()], { description: 'Why there is no keychain here.' }),
    fileKey: Type.Union([Type.Literal('phrase'), Type.Literal('key-file')], {
      description: 'What opens the sealed file: LIVEMAN_SECRET_KEY or the key file beside it.',
    }),
  }),
  stored: Type.Array(Type.String(), { description: 'Names of stored secrets, sorted.' }),
  tokenCount: Type.Integer({ description: 'Tokens of nodes that were added in the window.' }),
  file: Type.Union([
    Type.Object({
      path: Type.String(),
      whyReadOnly: Type.Union([Type.String(), Type.Null()], {
        description: 'Why the program cannot change the file, and what to do by hand.',
      }),
      problem: Type.Union([Type.String(), Type.Null()], { description: 'Why the file cannot be read now.' }),
      plain: Type.Array(
        Type.Object({
          path: Type.String({ description: 'The key: nodes[1].token.' }),
          line: Type.Integer({ description: 'From 1.' }),
          name: Type.String({ description: 'The name it would be stored under.' }),
        }),
        { description: 'Secrets that stand in the file as they are.' },
      ),
      named: Type.Array(
        Type.Object({
          path: Type.String(),
          line: Type.Union([Type.Integer(), Type.Null()]),
          kind: Type.Union([Type.Literal('keychain'), Type.Literal('env')]),
          name: Type.String(),
          problem: Type.Union([Type.String(), Type.Null()], { description: 'Why it has no value now.' }),
        }),
        { description: 'Secrets that the file names.' },
      ),
    }),
    Type.Null(),
  ]),
});
export type SecretState = Static<typeof SecretState>;

/** How this endpoint and its outgoing calls are secured. */
export const ConnectionState = Type.Object({
  publicUrl: Type.String(),
  certificate: Type.Union([
    Type.Object({
      certPath: Type.String(),
      keyPath: Type.String(),
      names: Type.String({ description: 'DNS names and addresses it is made out to.' }),
      expiresMs: Type.Number(),
      problem: NullableText,
    }),
    Type.Null(),
  ]),
  caFiles: Type.Array(Type.String(), {
    description: 'Authorities that are trusted besides the public ones.',
  }),
  proxies: Type.Array(Type.String(), {
    description: 'Where outgoing calls go through, without user and password; empty for directly.',
  }),
});
export type ConnectionState = Static<typeof ConnectionState>;
