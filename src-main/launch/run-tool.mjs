import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { askedToStop, startChild } from './child.mjs';
import { inRoot, rootDir } from './paths.mjs';

const killAfterMs = 10_000;

/**
 * Runs a development tool of node_modules with its output on ours.
 *
 * @param {string} script relative to node_modules
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, env?: Record<string, string> }} options after the time it is ended, and has failed
 * @returns {Promise<boolean>} whether it ended with status 0
 */
export async function runTool(script, args, { timeoutMs, env = {} }) {
  const { child, ended } = startChild(process.execPath, [inRoot('node_modules', script), ...args], {
    cwd: rootDir,
    env: { ...(process.stdout.isTTY ? process.env : withoutColour(process.env)), ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const timers = [
    setTimeout(() => {
      process.stdout.write(`This took longer than ${timeoutMs / 60_000} minutes and is ended.\n`);
      child.kill('SIGTERM');
    }, timeoutMs),
    setTimeout(() => child.kill('SIGKILL'), timeoutMs + killAfterMs),
  ];
  const { code } = await ended.finally(() => timers.forEach(clearTimeout));
  if (askedToStop()) process.exit(130);
  return code === 0;
}

/**
 * Some tools colour their output in CI or when npm does, terminal or not.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
function withoutColour({ FORCE_COLOR: _forced, ...env }) {
  return { ...env, NO_COLOR: '1' };
}

/**
 * Runs a tool that writes a JSON report.
 *
 * @param {string} script
 * @param {(reportFile: string) => readonly string[]} args
 * @param {{ timeoutMs: number, name: string, env?: (reportFile: string) => Record<string, string> }} options
 * @returns {Promise<{ isOk: boolean, report: unknown }>} `report` is undefined when none was written
 */
export async function runReporting(script, args, { timeoutMs, name, env }) {
  const file = inRoot('test-results', `${name}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  // The report of an earlier run must not count for this one.
  await rm(file, { force: true });
  const isOk = await runTool(script, args(file), { timeoutMs, env: env?.(file) });
  const text = await readFile(file, 'utf8').catch(() => 'null');
  try {
    return { isOk, report: JSON.parse(text) ?? undefined };
  } catch {
    return { isOk, report: undefined };
  }
}
