import { spawn } from 'node:child_process';
import { chmod, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, started } from './support/processes.ts';
import { reportAll } from './support/report-load.ts';
import { inScratchFolder, ROOT_DIR } from './support/scratch.ts';

const ticks = async (pid: number) => {
  const f = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(f[11]) + Number(f[12])) / 100;
};
async function pgTicks(root: number): Promise<number> {
  let sum = 0;
  for (const p of await readdir('/proc')) {
    if (!/^\d+$/.test(p)) continue;
    try {
      const f = (await readFile(`/proc/${p}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
      if (Number(p) === root || Number(f[1]) === root) sum += await ticks(Number(p));
    } catch {}
  }
  return sum;
}
export async function run() {
  await inScratchFolder(async (folder) => {
    await chmod(folder, 0o755);
    const port = await freePort();
    const prof = process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/ingest/prof'] : [];
    const m = await started(spawn(process.execPath, [...prof, path.join(ROOT_DIR, 'out/headless/main.js'), 'serve', '--data', folder, '--port', `${port}`], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }), port);
    const pm = Number((await readFile(path.join(folder, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0]);
    const c = { origin: m.origin, connections: 100 };
    await reportAll({ ...c, batchSize: 20, reportsEach: 30, tag: 'warm' });
    for (const [batchSize, reportsEach] of [[100, 20], [10, 40], [1, 60]] as const) {
      await delay(1500);
      const [a, b] = [await ticks(m.pid), await pgTicks(pm)];
      const sec = await reportAll({ ...c, batchSize, reportsEach, tag: `t${batchSize}` });
      await delay(300);
      const [a2, b2] = [await ticks(m.pid), await pgTicks(pm)];
      const n = 100 * batchSize * reportsEach;
      console.log(`batch ${batchSize}: ${(n / sec).toFixed(0)}/s  manager ${(((a2 - a) / n) * 1e6).toFixed(1)} us/seg  pg ${(((b2 - b) / n) * 1e6).toFixed(1)} us/seg`);
    }
    await m.stop();
  });
}
