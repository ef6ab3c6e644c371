import { isBuiltin, register } from 'node:module';

/** fauxqs keeps nothing on the disk here, but imports what Node.js 20 does not have for that. */
const NO_SQLITE = `export async function resolve(specifier, context, next) {
  if (specifier !== 'node:sqlite') return next(specifier, context);
  return { url: 'data:text/javascript,export class DatabaseSync {}', shortCircuit: true };
}`;

/** Starts an S3 service in memory on a free port of this computer; it checks no signatures. */
export async function startFauxqs() {
  if (!isBuiltin('node:sqlite')) register(`data:text/javascript,${encodeURIComponent(NO_SQLITE)}`);
  const fauxqs = await import('fauxqs');
  return fauxqs.startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
}
