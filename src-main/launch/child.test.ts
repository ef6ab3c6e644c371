import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const childModule = pathToFileURL(path.join(import.meta.dirname, 'child.mjs')).href;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'child test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A launcher that runs `code` in a child, as start.mjs does. */
function launch(name: string, code: string): ChildProcess {
  const manager = path.join(folder, `${name}-manager.mjs`);
  const launcher = path.join(folder, `${name}.mjs`);
  writeFileSync(manager, code);
  writeFileSync(
    launcher,
    `import { endLike, forwardSignals, startChild } from ${JSON.stringify(childModule)};
forwardSignals();
endLike(await startChild(process.execPath, [${JSON.stringify(manager)}], { stdio: 'inherit' }).ended);`,
  );
  return spawn(process.execPath, [launcher], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
}

const ending = (child: ChildProcess) =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));

/** Resolves with the first line of standard output. */
const firstLine = (child: ChildProcess) =>
  new Promise<string>((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk).trim())));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const waits = `process.on('SIGTERM', () => setTimeout(() => process.exit(3), 50));
console.log(process.pid);
setInterval(() => {}, 1000);`;

describe.skipIf(process.platform === 'win32')('a launcher', () => {
  test('ends with the status of its child', async () => {
    expect(await ending(launch('status', 'process.exit(7);'))).toBe(7);
  });

  test.each(['launcher', 'group'] as const)(
    'lets its child end in order when the %s is told to',
    async (target) => {
      const child = launch(`order-${target}`, waits);
      const pid = Number(await firstLine(child));
      const ended = ending(child);
      process.kill(target === 'group' ? -(child.pid ?? 0) : (child.pid ?? 0), 'SIGTERM');
      expect(await ended).toBe(3);
      expect(isAlive(pid)).toBe(false);
    },
  );

  test('kills a child that does not end within 5 s', { timeout: 20_000 }, async () => {
    const child = launch('stubborn', waits.replace('setTimeout(() => process.exit(3), 50)', '{}'));
    const pid = Number(await firstLine(child));
    const startedAtMs = performance.now();
    const ended = ending(child);
    process.kill(child.pid ?? 0, 'SIGTERM');
    expect(await ended).toBe('SIGKILL');
    expect(performance.now() - startedAtMs).toBeGreaterThan(4000);
    expect(isAlive(pid)).toBe(false);
  });
});
