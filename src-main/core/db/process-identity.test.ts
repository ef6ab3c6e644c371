import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isProcessAlive, processCommandLine, processIdentity } from './process-identity.ts';

it('stays the same while a process runs and differs between processes', async () => {
  const own = await processIdentity(process.pid);
  expect(own).not.toBeNull();
  expect(await processIdentity(process.pid)).toBe(own);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(await processIdentity(pid)).not.toBe(own);
  expect(await processCommandLine(pid)).toContain('setInterval');
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  expect(await processIdentity(pid)).toBeNull();
  expect(isProcessAlive(pid)).toBe(false);
});
