import { createReadStream } from 'node:fs';
import { AppError } from '../../base/errors.ts';
import type { ExportService } from '../../exports/export-service.ts';
import type { Handlers } from '../endpoint.ts';
import { demandRead, mayRead, type Principal } from '../principal.ts';
import { sendMedia } from '../send-media.ts';

type ExportRoute =
  | 'listExports'
  | 'previewExport'
  | 'createExport'
  | 'cancelExport'
  | 'retryExport'
  | 'removeExport'
  | 'getExportFile';

/** Clips written to disk. Each caller sees and steers only those of streams it may read. */
export function exportHandlers(exports: ExportService): Pick<Handlers, ExportRoute> {
  const demandJob = async (id: string, principal: Principal | null) => {
    const job = await exports.find(id);
    if (!job || !principal || !mayRead(principal, job.stream)) {
      throw new AppError('not_found', 'There is no such export. The list may have changed.');
    }
    return job;
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
    createExport: async ({ body, principal, signal }) => {
      demandRead(principal, body.stream);
      return { exports: await exports.create(body.stream, body, { signal }) };
    },
    cancelExport: async ({ params, principal }) => {
      await demandJob(params.id, principal);
      return exports.cancel(params.id);
    },
    retryExport: async ({ params, principal }) => {
      await demandJob(params.id, principal);
      return exports.retry(params.id);
    },
    removeExport: async ({ params, principal }) => {
      await demandJob(params.id, principal);
      await exports.remove(params.id);
      return { removed: true };
    },
    getExportFile: async ({ params, principal, reply, request }) => {
      await demandJob(params.id, principal);
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
