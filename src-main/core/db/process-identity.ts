import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a process with this id exists now, ours or another user's. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * A text that tells one life of a process id from another: the same for as long as the process runs, different
 * when the id is used again, also after a reboot. `null` when there is no such process.
 *
 * The text is only good for comparing with an earlier one on the same machine.
 */
export async function processIdentity(pid: number): Promise<string | null> {
  if (!isProcessAlive(pid)) return null;
  if (process.platform === 'linux') return linuxIdentity(pid);
  const [command, args] =
    process.platform === 'win32'
      ? ['powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]]
      : ['ps', ['-o', 'lstart=', '-p', String(pid)]];
  return firstLine(command as string, args as string[]);
}

/** The command line of a process, with single spaces, or `null` when it cannot be read. */
export async function processCommandLine(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
    return text === null ? null : text.split('\0').join(' ').trim();
  }
  if (process.platform === 'win32') {
    const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`;
    return firstLine('powershell', ['-NoProfile', '-Command', query]);
  }
  return firstLine('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
}

async function linuxIdentity(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name in parentheses may hold spaces and parentheses; the fields after the last one are plain.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  const startTicks = fields[19];
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return hasEnded ? null : `${bootId.trim()}/${startTicks}`;
}

async function firstLine(command: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await run(command, args, { timeout: 5000 });
    return stdout.trim().split(/\r?\n/)[0] || null;
  } catch {
    return null;
  }
}
