import { createReadStream } from 'node:fs';
import { AppError } from '../../base/errors.ts';
import type { ExportService } from '../../exports/export-service.ts';
import type { Call, Handlers } from '../endpoint.ts';
import { demandOperate, demandRead, mayRead } from '../principal.ts';
import { sendMedia } from '../send-media.ts';

type ExportRoute =
  | 'listExports'
  | 'previewExport'
  | 'createExport'
  | 'cancelExport'
  | 'retryExport'
  | 'removeExport'
  | 'getExportFile';

type Caller = Pick<Call<ExportRoute>, 'audit' | 'principal'>;

/** Clips written to disk. Each caller sees and steers only those of streams it may read. */
export function exportHandlers(exports: ExportService): Pick<Handlers, ExportRoute> {
  const demandJob = async (id: string, { audit, principal }: Caller) => {
    const job = await exports.find(id);
    if (job) audit.object(job.stream);
    if (!job || !principal || !mayRead(principal, job.stream)) {
      throw new AppError('not_found', 'There is no such export. The list may have changed.');
    }
    return job;
  };
  /** Clips take space on this computer, so who may only watch does not make them, nor take those of others away. */
  const demandOwnJob = async (id: string, caller: Caller) => {
    const job = await demandJob(id, caller);
    demandOperate(caller.principal, job.stream);
  };
  return {
    listExports: async ({ principal }) => {
      const jobs = await exports.list();
      return { exports: jobs.filter((job) => principal !== null && mayRead(principal, job.stream)) };
    },
    previewExport: ({ body, principal, signal }) => {
      demandRead(principal, body.stream);
      return exports.preview(body.stream, body, { signal });
    },
    createExport: async ({ audit, body, principal, signal }) => {
      audit.object(body.stream);
      audit.detail('startUs', body.startUs);
      audit.detail('endUs', body.endUs);
      demandRead(principal, body.stream);
      demandOperate(principal, body.stream);
      return { exports: await exports.create(body.stream, body, { signal }) };
    },
    cancelExport: async ({ audit, params, principal }) => {
      await demandOwnJob(params.id, { audit, principal });
      return exports.cancel(params.id);
    },
    retryExport: async ({ audit, params, principal }) => {
      await demandOwnJob(params.id, { audit, principal });
      return exports.retry(params.id);
    },
    removeExport: async ({ audit, params, principal }) => {
      await demandOwnJob(params.id, { audit, principal });
      await exports.remove(params.id);
      return { removed: true };
    },
    getExportFile: async ({ audit, params, principal, reply, request }) => {
      await demandJob(params.id, { audit, principal });
      const file = await exports.file(params.id);
      reply.header(
        'content-disposition',
        `attachment; filename*=UTF-8''${encodeURIComponent(file.fileName)}`,
      );
      return sendMedia(request, reply, {
        sizeBytes: file.sizeBytes,
        etag: file.etag,
        contentType: 'video/mp4',
        cacheControl: 'private, no-cache',
        open: (startByte, endByte) => createReadStream(file.path, { start: startByte, end: endByte - 1 }),
      });
    },
  };
}
