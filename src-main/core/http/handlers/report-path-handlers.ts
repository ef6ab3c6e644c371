import type { FastifyRequest } from 'fastify';
import type { ReportDoor } from '../../auth/report-door.ts';
import { AppError } from '../../base/errors.ts';
import type { Handlers } from '../endpoint.ts';
import { demandFullAdmin } from './access-handlers.ts';

export interface ReportPathHandlerOptions {
  readonly reports: ReportDoor;
  readonly isNode: (alias: string) => boolean;
  /** `http.public` where it was set; else the address the request came to. */
  readonly publicUrl: string | null;
}

type ReportPathRoute = 'listReportPaths' | 'issueReportPath' | 'revokeReportPath';

/** Secret addresses for nodes that report without a token. */
export function reportPathHandlers(options: ReportPathHandlerOptions): Pick<Handlers, ReportPathRoute> {
  const { isNode, publicUrl, reports } = options;
  const base = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`;
  return {
    listReportPaths: async () => ({ paths: await reports.list() }),
    issueReportPath: async ({ params, principal, request }) => {
      demandFullAdmin(principal);
      const { alias } = params;
      if (!isNode(alias)) throw new AppError('not_found', `There is no node ${alias}.`);
      const secret = await reports.issue(alias, principal.name);
      const path = (await reports.list()).find((each) => each.alias === alias);
      if (!path) throw new AppError('not_found', 'The address was revoked while it was made.');
      return { path, url: `${base(request)}/report-as/${secret}` };
    },
    revokeReportPath: async ({ params, principal }) => {
      demandFullAdmin(principal);
      if (await reports.revoke(params.alias)) return { revoked: true };
      throw new AppError('not_found', `The node ${params.alias} has no secret address.`);
    },
  };
}
