import { close, fstat, lstat, open, read, type Stats } from 'node:fs';

/**
 * A file that is open to be read. By the functions of node:fs that call back: those that promise take twice their
 * time, which is most of it where thousands of files are read. Close it; nothing else does.
 */
export class OpenFile {
  private constructor(private readonly fd: number) {}

  /** `flags` as for open(2). */
  static open(path: string, flags: number): Promise<OpenFile> {
    return new Promise((resolve, reject) => {
      open(path, flags, (error, fd) => (error ? reject(error) : resolve(new OpenFile(fd))));
    });
  }

  stat(): Promise<Stats> {
    return new Promise((resolve, reject) => {
      fstat(this.fd, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
  }

  /** How many bytes from `position` on were put into `buffer` behind its first `offset`; 0 at the end of the file. */
  read(buffer: Buffer, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.fd, buffer, offset, buffer.length - offset, position, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      close(this.fd, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** As `lstat` of node:fs/promises. */
export function linkStats(path: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    lstat(path, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}
