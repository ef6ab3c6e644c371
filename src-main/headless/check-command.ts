import { systemClock } from '../core/base/clock.ts';
import { IntegrityService } from '../core/integrity/integrity-service.ts';
import { readStoredNodes } from '../core/nodes/node-table.ts';
import { openStorage } from '../core/services/open-storage.ts';
import type { CheckArguments } from './arguments.ts';
import { CheckOutput } from './check-output.ts';
import { STOPPED, withDatabase } from './command-database.ts';
import type { Places } from './places.ts';

/** Findings are left. */
const DIFFERS = 1;

/** `liveman check`: holds the index and the storages against each other. Status 0 when nothing is left that differs. */
export function runCheck(args: CheckArguments, places: Places): Promise<number> {
  return withDatabase(args.configPath, places, async ({ config, database, logger, signal }) => {
    const nodes = [...config.nodes, ...(await readStoredNodes(database))];
    const { storages, store } = await openStorage({
      config,
      dataDir: places.dataDir,
      cwd: process.cwd(),
      database,
      storageNameOf: (alias) => nodes.find((node) => node.alias === alias)?.storage ?? '',
    });
    const output = new CheckOutput(args.isJson);
    const integrity = new IntegrityService({
      database,
      store,
      storages,
      // Nodes are not asked here: what lies on them alone is checked by the manager.
      nodeStore: null,
      clock: systemClock,
      logger,
      onWritten: () => {},
      onProgress: (run) => output.progress(run),
      onFinding: (finding) => output.finding(finding),
    });
    const stop = () => void integrity.cancel().catch(() => {});
    signal.addEventListener('abort', stop, { once: true });
    const { fromUs: startUs, isDeep, isRepair: isRepairing, stream, toUs: endUs } = args;
    await integrity.start({ stream, startUs, endUs, isRepairing, isDeep });
    await integrity.finished();
    const { run } = await integrity.status();
    if (run) output.done(run);
    if (run?.state === 'cancelled') return STOPPED;
    const isClean = run?.state === 'done' && run.foundCount === run.repairedCount;
    return isClean ? 0 : DIFFERS;
  });
}
