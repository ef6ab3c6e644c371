import { Type } from 'typebox';
import { recordingRoutes } from './recording-routes.ts';
import { defineRoutes } from './route.ts';
import { storageRoutes } from './storage-routes.ts';

const { reportSegments } = recordingRoutes;
const { pingStorage, presignObject } = storageRoutes;
const SecretParam = Type.Object({ secret: Type.String() });

/**
 * What nodes do without a token, under a secret path of their own (`/report-as/SECRET` as the manager's URL on the node):
 * nodes put the routes they know behind whatever URL they were given.
 */
export const reportPathRoutes = defineRoutes({
  reportSegmentsByPath: {
    ...reportSegments,
    path: '/report-as/{secret}/api/segments/report',
    summary: 'As `POST /api/segments/report`, for the one node the path belongs to.',
    params: SecretParam,
    errors: [...reportSegments.errors, 'forbidden'],
  },
  pingStorageByPath: {
    ...pingStorage,
    path: '/report-as/{secret}/api/storage/ping',
    params: SecretParam,
  },
  presignObjectByPath: {
    ...presignObject,
    path: '/report-as/{secret}/api/storage/presign',
    summary: 'As `POST /api/storage/presign`, to put objects only.',
    params: SecretParam,
    errors: presignObject.errors,
  },
});
