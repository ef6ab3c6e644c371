import { AppError } from '../core/base/errors.ts';

const MAX_CHARS = 100_000;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ERASE = new Set(['\u007f', '\b']);

/**
 * Reads a secret: asked for without echo on a terminal, else all of standard input without the line end.
 *
 * Throws AppError for an empty one, and when the operator ends it with Ctrl-C.
 */
export async function readSecretValue(question: string): Promise<string> {
  const { stdin } = process;
  const value = stdin.isTTY ? await readHidden(question) : await readAll();
  if (value !== '') return value;
  throw new AppError('bad_request', 'The secret is empty; nothing is stored.');
}

async function readAll(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_CHARS) throw new AppError('bad_request', 'The secret is too long.');
  }
  return text.replace(/\r?\n$/, '');
}

function readHidden(question: string): Promise<string> {
  const { stdin } = process;
  process.stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise<string>((resolve, reject) => {
    let text = '';
    const end = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      process.stderr.write('\n');
      settle();
    };
    const onData = (typed: string) => {
      for (const character of typed) {
        if (character === '\r' || character === '\n' || character === CTRL_D) return end(() => resolve(text));
        if (character === CTRL_C) {
          return end(() => reject(new AppError('bad_request', 'Stopped; nothing is stored.')));
        }
        if (ERASE.has(character)) text = [...text].slice(0, -1).join('');
        else text += character;
      }
    };
    stdin.on('data', onData);
  });
}
