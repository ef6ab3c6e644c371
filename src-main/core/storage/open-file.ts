import { close, fstat, lstat, open, read, type Stats } from 'node:fs';

/** What is known of a file that is open. */
export interface FileInfo {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
}

/** A file that is open to be read. Close it; nothing else does. */
export interface OpenFile {
  readonly info: FileInfo;
  /** Of the buffer that was handed over when it was opened, how much was filled from the start of the file. */
  readonly aheadBytes: number;
  /** How many bytes from `position` on were put into `buffer`; 0 at the end of the file. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens files. */
export interface FileOpener {
  /** `flags` as for open(2). `ahead` may be filled from the start of the file at once, see `aheadBytes`. */
  open(path: string, flags: number, ahead?: Buffer): Promise<OpenFile>;
}

/**
 * Opens files by the functions of node:fs that call back: those that promise take twice their time, which is most of it
 * where thousands of files are read.
 */
export const poolFiles: FileOpener = {
  open: async (path, flags) => {
    const fd = await new Promise<number>((resolve, reject) => {
      open(path, flags, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    try {
      const found = await statsOf(fd);
      const info = { isFile: found.isFile(), sizeBytes: found.size, modifiedMs: found.mtimeMs };
      return {
        info,
        aheadBytes: 0,
        read: (buffer, position) => readInto(fd, buffer, position),
        close: () => closed(fd),
      };
    } catch (error) {
      await closed(fd);
      throw error;
    }
  },
};

function statsOf(fd: number): Promise<Stats> {
  return new Promise((resolve, reject) => {
    fstat(fd, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

function readInto(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

function closed(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    close(fd, (error) => (error ? reject(error) : resolve()));
  });
}

/** As `lstat` of node:fs/promises. */
export function linkStats(path: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    lstat(path, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}
