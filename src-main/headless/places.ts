/** Folders and version that both commands need. */
export interface Places {
  /** Where the program's own files are: migrations, resources, the built window. */
  readonly packageDir: string;
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly version: string;
}
