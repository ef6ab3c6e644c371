import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { FileJob, FileReply } from './file-threads.ts';

/** Opens, reads and closes files for `file-threads.ts`, one job after another. */
const port = parentPort;
if (!port) throw new Error('file-worker runs only as a worker thread.');

port.on('message', (job: FileJob) => {
  if (job.kind === 'close') job.fds.forEach(closed);
  else port.postMessage(replyTo(job));
});

function replyTo(job: Exclude<FileJob, { kind: 'close' }>): FileReply {
  const { id } = job;
  try {
    if (job.kind === 'open') return { id, ...opened(job) };
    return { id, readBytes: readSync(job.fd, job.buffer, 0, job.buffer.length, job.position) };
  } catch (error) {
    return { id, failure: { code: errorCode(error), message: errorMessage(error) } };
  }
}

/** A file that was only read has lost nothing where closing it fails. */
function closed(fd: number): void {
  try {
    closeSync(fd);
  } catch {}
}

function opened({ ahead, flags, path }: Extract<FileJob, { kind: 'open' }>): Omit<FileReply, 'id'> {
  const fd = openSync(path, flags);
  try {
    const found = fstatSync(fd);
    const info = { isFile: found.isFile(), sizeBytes: found.size, modifiedMs: found.mtimeMs };
    const readBytes = ahead && info.isFile ? readSync(fd, ahead, 0, ahead.length, 0) : 0;
    return { fd, info, readBytes };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
