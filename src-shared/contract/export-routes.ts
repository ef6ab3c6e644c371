import { Type } from 'typebox';
import { ExportJob } from '../model/export-job.ts';
import { TimeRange } from '../model/time-range.ts';
import { defineRoutes } from './route.ts';

const JobParam = Type.Object({ id: Type.String({ format: 'uuid' }) });

/** Clips written to disk. */
export const exportRoutes = defineRoutes({
  listExports: {
    method: 'GET',
    path: '/api/exports',
    access: 'any',
    summary: 'Exports, newest first: the last thousand, and all that are not finished.',
    form: 'ours',
    reply: Type.Object({ exports: Type.Array(ExportJob) }),
    errors: ['database_unavailable'],
  },
  previewExport: {
    method: 'POST',
    path: '/api/exports/preview',
    access: 'any',
    summary: 'What an export would give: exact size, early start, gaps; nothing is written.',
    form: 'ours',
    body: Type.Object({ stream: Type.String(), startUs: Type.Integer(), endUs: Type.Integer() }),
    reply: Type.Object({
      sizeBytes: Type.Integer(),
      durationUs: Type.Integer(),
      startsEarlyUs: Type.Integer(),
      videoFrames: Type.Integer(),
      gaps: Type.Array(TimeRange),
      parts: Type.Array(TimeRange, {
        description: 'One entry; several where the codec changes, one file each.',
      }),
      warnings: Type.Array(Type.String(), { description: 'In words, for the operator.' }),
    }),
    errors: ['unprocessable', 'invalid_range', 'no_media', 'media_unusable', 'database_unavailable'],
  },
  createExport: {
    method: 'POST',
    path: '/api/exports',
    access: 'any',
    audit: 'export clip',
    summary: 'Starts to write a clip to disk; a range that crosses a codec change gives one job per part.',
    form: 'ours',
    body: Type.Object({ stream: Type.String(), startUs: Type.Integer(), endUs: Type.Integer() }),
    reply: Type.Object({ exports: Type.Array(ExportJob) }),
    errors: ['unprocessable', 'invalid_range', 'no_media', 'media_unusable', 'database_unavailable'],
  },
  cancelExport: {
    method: 'POST',
    path: '/api/exports/{id}/cancel',
    access: 'any',
    audit: 'cancel export',
    summary: 'Cancels a waiting or running export; what was written is removed.',
    form: 'ours',
    params: JobParam,
    reply: ExportJob,
    errors: ['not_found', 'conflict'],
  },
  retryExport: {
    method: 'POST',
    path: '/api/exports/{id}/retry',
    access: 'any',
    audit: 'retry export',
    summary: 'Starts a failed or cancelled export again.',
    form: 'ours',
    params: JobParam,
    reply: ExportJob,
    errors: ['not_found', 'conflict'],
  },
  removeExport: {
    method: 'DELETE',
    path: '/api/exports/{id}',
    access: 'any',
    audit: 'remove export',
    summary: 'Takes a finished export off the list; the file stays.',
    form: 'ours',
    params: JobParam,
    reply: Type.Object({ removed: Type.Boolean() }),
    errors: ['not_found', 'conflict'],
  },
  getExportFile: {
    method: 'GET',
    path: '/api/exports/{id}/file',
    access: 'any',
    audit: { action: 'download export', isContinuous: true },
    summary: 'The finished file, with Range.',
    form: 'ours',
    params: JobParam,
    reply: 'video/mp4',
    errors: ['not_found', 'conflict', 'object_missing', 'range_not_satisfiable'],
  },
});
