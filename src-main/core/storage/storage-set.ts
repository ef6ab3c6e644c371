import type { Config } from '../config/config-schema.ts';
import type { ObjectStore } from './object-store.ts';
import type { PresigningStore } from './presigning.ts';
import type { S3Options } from './s3-options.ts';

export type StorageConfig = Config['recorder']['storage'] & Pick<S3Options, 'reach'>;

/** Where uploaded objects go: a service that signs URLs itself, or a folder that we write. */
export type UploadTarget =
  | { readonly kind: 'service'; readonly store: PresigningStore }
  | { readonly kind: 'folder'; readonly root: string };

/** A storage of the configuration. */
export interface NamedStorage {
  /** `default` for that of `recorder.storage`. */
  readonly name: string;
  /** Where it stands in the file, for messages: `recorder.storage` or `storages[0]`. */
  readonly section: string;
  readonly config: StorageConfig;
  readonly store: ObjectStore;
  readonly uploadTarget: UploadTarget;
}

/** The storages of the configuration, and which of them each node records to. */
export class StorageSet {
  readonly default: NamedStorage;

  /** The first of `all` is the default one. `nameOf` gives the storage that a node names; empty for none. */
  constructor(
    readonly all: readonly [NamedStorage, ...NamedStorage[]],
    private readonly nameOf: (alias: string) => string,
  ) {
    this.default = all[0];
  }

  get names(): string[] {
    return this.all.map(({ name }) => name);
  }

  find(name: string): NamedStorage | undefined {
    return this.all.find((storage) => storage.name === name);
  }

  /** By the name of its store, the place where it lies. */
  at(place: string): NamedStorage | undefined {
    return this.all.find(({ store }) => store.name === place);
  }

  /** The default one where the node is not known, names none, or names one that is gone. */
  ofNode(alias: string): NamedStorage {
    return this.find(this.nameOf(alias)) ?? this.default;
  }
}
