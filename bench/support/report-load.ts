import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface LoadOptions {
  origin: string;
  connections: number;
  /** Segments in one report. */
  batchSize: number;
  /** Reports of each connection, one after the other. */
  reportsEach: number;
  /** Tells the streams of one load from those of another. */
  tag: string;
}

/**
 * The program of the process that reports: plain sockets with requests made beforehand, so that it takes as little as
 * can be of the machine that is measured. Each connection is a stream on a node of its own.
 */
const PROGRAM = `
const net = require('node:net');
const { origin, connections, batchSize, reportsEach, tag } = JSON.parse(process.argv[1]);
const { hostname, port } = new URL(origin);
const startUs = Date.UTC(2026, 4, 1) * 1000;
const requests = (c) => Array.from({ length: reportsEach }, (_, r) => {
  const stream = 'bench-' + tag + '-' + c;
  const segments = Array.from({ length: batchSize }, (_, i) => {
    const n = r * batchSize + i;
    const start_ts = startUs + n * 2000000;
    const path = stream + '/1777636800/v_seg_' + String(n + 1).padStart(4, '0') + '.m4s';
    return { start_ts, end_ts: start_ts + 2000000, duration_ms: 2000, path, is_keyframe: true };
  });
  const body = JSON.stringify({ node_alias: 'edge-' + c % 10, stream, segments });
  return Buffer.from('POST /api/segments/report HTTP/1.1\\r\\nhost: ' + hostname + ':' + port + '\\r\\ncontent-type: application/json\\r\\ncontent-length: ' + Buffer.byteLength(body) + '\\r\\n\\r\\n' + body);
});
const all = Array.from({ length: connections }, (_, c) => requests(c));
const one = (list) => new Promise((resolve, reject) => {
  const socket = net.connect(Number(port), hostname);
  socket.setNoDelay(true);
  let next = 0;
  let said = '';
  const send = () => next < list.length ? socket.write(list[next++]) : resolve(socket.destroy());
  socket.on('connect', send);
  socket.on('error', reject);
  socket.on('data', (chunk) => {
    said += chunk.toString('latin1');
    const head = said.indexOf('\\r\\n\\r\\n');
    if (head < 0) return;
    const length = Number(/content-length: (\\d+)/i.exec(said)[1]);
    if (said.length < head + 4 + length) return;
    if (!said.startsWith('HTTP/1.1 200') || !said.includes('"processed_count":' + batchSize)) return reject(new Error(said));
    said = '';
    send();
  });
});
console.log('ready');
process.stdin.once('data', async () => {
  const from = performance.now();
  await Promise.all(all.map(one));
  console.log(performance.now() - from);
});
`;

/** Seconds until every report is answered; the requests were made before. */
export async function reportAll(options: LoadOptions): Promise<number> {
  const child = spawn(process.execPath, ['-e', PROGRAM, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'exit');
  await lines.next();
  child.stdin.end('go');
  const { value } = await lines.next();
  await ended;
  const ms = Number(value);
  if (!(ms > 0)) throw new Error('A report was not answered as it should be.');
  return ms / 1000;
}
