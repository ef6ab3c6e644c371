import { readdirSync } from 'node:fs';
import path from 'node:path';
import { startChild } from './child.mjs';
import { inRoot, rootDir } from './paths.mjs';

const skipped = new Set(['node_modules', 'out', 'dist', 'fixtures', 'test-results']);

/** @returns {string[]} every folder with a tsconfig.json, relative to the checkout */
export function typeProjects() {
  /** @type {string[]} */
  const found = [];
  /** @param {string} folder */
  const look = (folder) => {
    for (const entry of readdirSync(inRoot(folder), { withFileTypes: true })) {
      if (entry.name === 'tsconfig.json') found.push(folder);
      else if (entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.'))
        look(path.posix.join(folder, entry.name));
    }
  };
  look('');
  return found.sort();
}

/**
 * Checks the types of every side, two at a time.
 *
 * @returns {Promise<{ isOk: boolean, output: string }>} the compiler's messages
 */
export async function checkTypes() {
  const waiting = typeProjects();
  let output = '';
  let isOk = true;
  const worker = async () => {
    for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
      const result = await checkProject(project);
      output += result.output;
      isOk &&= result.isOk;
    }
  };
  await Promise.all([worker(), worker()]);
  return { isOk, output };
}

/** @param {string} project */
async function checkProject(project) {
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', project, '--pretty', 'false'];
  const { child, ended } = startChild(process.execPath, args, {
    cwd: rootDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  const { code } = await ended;
  const text = output.trim();
  // TS18003, "no inputs were found": a side without a file has nothing wrong in it.
  const isEmptySide = code !== 0 && /^error TS18003/.test(text) && !text.includes('\n');
  return {
    isOk: code === 0 || isEmptySide,
    output: code === 0 || isEmptySide ? '' : `${project}:\n${text}\n`,
  };
}
