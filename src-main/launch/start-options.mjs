import { LaunchError } from './say.mjs';

/**
 * @typedef {object} StartOptions
 * @property {boolean} isHeadless serve only: no window, no browser, no question
 * @property {boolean} isHelp
 * @property {readonly string[]} managerArgs what the manager itself understands, checked, each option with its value apart
 */

export const startUsage = `Usage: npm start -- [--headless] [--demo] [--port N] [--data DIR] [--config FILE] [--profile NAME]
  --headless     serve only: open no window and no browser, ask nothing
  --demo         run a demo cluster of simulated nodes
  --port N       listen on this port of the loopback address (0: any free one)
  --data DIR     keep the database and everything else in this folder
  --config FILE  read this liveman.toml
  --profile NAME start this profile instead of the one that ran last`;

const flags = new Set(['--demo']);
const valued = new Set(['--port', '--data', '--config', '--profile']);

/**
 * @param {readonly string[]} args
 * @returns {StartOptions}
 * @throws {LaunchError} with exit code 2 and the usage
 */
export function parseStartOptions(args) {
  const managerArgs = [];
  let isHeadless = false;
  let isHelp = false;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = '', inlineValue] = splitOnce(arg);
    if (arg === '--headless') isHeadless = true;
    else if (arg === '--help' || arg === '-h') isHelp = true;
    else if (flags.has(arg)) managerArgs.push(arg);
    else if (valued.has(name)) managerArgs.push(name, checkedValue(name, inlineValue ?? rest.shift()));
    else throw usageError(`Unknown option "${arg}".`);
  }
  return { isHeadless, isHelp, managerArgs };
}

/** @param {string} arg @returns {[string, string | undefined]} `--port=1` as `--port` and `1` */
function splitOnce(arg) {
  const at = arg.indexOf('=');
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** @param {string} name @param {string | undefined} value @returns {string} */
function checkedValue(name, value) {
  if (value === undefined || value === '' || value.startsWith('--'))
    throw usageError(`${name} needs a value.`);
  if (name === '--port' && !(/^\d{1,5}$/.test(value) && Number(value) <= 65_535))
    throw usageError(`--port needs a number from 0 to 65535, not "${value}".`);
  return value;
}

/** @param {string} sentence */
const usageError = (sentence) => new LaunchError(`${sentence}\n${startUsage}`, 2);
