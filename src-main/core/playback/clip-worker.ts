import { parentPort } from 'node:worker_threads';
import { AppError, errorMessage } from '../base/errors.ts';
import { buildClip } from '../media/clip-layout.ts';
import type { ClipReply, ClipRequest } from './clip-builder.ts';

/** Builds the tables of one clip after another for `clip-builder.ts`, off the main thread. */
const port = parentPort;
if (!port) throw new Error('clip-worker runs only as a worker thread.');

port.on('message', ({ id, input }: ClipRequest) => port.postMessage(replyTo(id, input)));

function replyTo(id: number, input: ClipRequest['input']): ClipReply {
  try {
    return { id, plan: buildClip(input) };
  } catch (error) {
    if (!(error instanceof AppError))
      return { id, failure: { code: 'internal', message: errorMessage(error) } };
    return { id, failure: { code: error.code, message: error.message, details: error.details } };
  }
}
