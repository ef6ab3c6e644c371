import type { ManagerList } from '../../peers/manager-list.ts';
import type { Handlers } from '../endpoint.ts';

/** The managers on one database. */
export function managerHandlers(managers: ManagerList): Pick<Handlers, 'listManagers'> {
  return { listManagers: () => ({ managers: [...managers.list()] }) };
}
