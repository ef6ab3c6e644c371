import { spawn } from 'node:child_process';
import { freePort, type RunningServer, started } from './processes.ts';

/** Many nodes of today's version with canned answers, in a process of their own. */
export interface LightNodes extends RunningServer {
  /** Base URL of each; every one is an origin of its own, as real nodes are. */
  readonly urls: readonly string[];
  /** Lets a stream of this name appear on a node. */
  addStream(index: number, name: string): Promise<void>;
}

/**
 * The program of the process: every address of 127.1.0.0/16 is a node. Counters move every 2 s, as with real nodes, so
 * that no two polls of 5 s answer the same. Connections stay open, as with real nodes.
 */
const PROGRAM = `
const http = require('node:http');
const [port, streams] = process.argv.slice(1).map(Number);
const extra = new Map();
const stats = (bytes) => ({ bytes, packets: 1, bitrate: 2000000 + bytes % 1000 });
const session = (id, bytes) => ({ id, createdAt: 1786500000450, leaveAt: 0, state: 'connected', hasDataChannel: false, stats: stats(bytes) });
const codecs = [{ kind: 'video', codec: 'h264', fmtp: 'packetization-mode=1' }, { kind: 'audio', codec: 'opus', fmtp: 'minptime=10' }];
const stream = (id, bytes) => ({ id, createdAt: 1786500000123, publish: { leaveAt: 0, sessions: [session(id + '-p', bytes)] }, subscribe: { leaveAt: 0, sessions: [session(id + '-s', bytes)] }, codecs, provisioned: false, onDemand: false, stats: { publish: stats(bytes), subscribe: stats(bytes) }, statsScope: 'node' });
const json = (response, body) => { response.setHeader('content-type', 'application/json'); response.end(JSON.stringify(body)); };
http.createServer((request, response) => {
  const node = request.socket.localAddress;
  const url = new URL(request.url, 'http://x');
  if (url.pathname === '/add') { extra.set(node, url.searchParams.get('name')); return response.end(); }
  if (url.pathname === '/api/info') return json(response, { version: '0.9.1', gitHash: '', buildTime: '', features: ['recorder'] });
  if (url.pathname === '/api/strategy/') return json(response, {});
  if (url.pathname !== '/api/streams/') { response.statusCode = 404; return response.end(); }
  const bytes = Math.floor(Date.now() / 2000);
  const names = Array.from({ length: streams }, (_, i) => node + '-cam' + i);
  if (extra.has(node)) names.push(extra.get(node));
  json(response, names.map((name) => stream(name, bytes)));
}).listen(port, '0.0.0.0').keepAliveTimeout = 0;
`;

export async function startLightNodes(count: number, streamsPerNode: number): Promise<LightNodes> {
  const port = await freePort();
  const args = ['-e', PROGRAM, String(port), String(streamsPerNode)];
  const server = await started(spawn(process.execPath, args, { stdio: 'ignore' }), port);
  const urls = Array.from({ length: count }, (_, i) => `http://127.1.${i >> 8}.${i & 255}:${port}`);
  return {
    ...server,
    urls,
    addStream: async (index, name) => {
      await (await fetch(`${urls[index]}/add?name=${encodeURIComponent(name)}`)).arrayBuffer();
    },
  };
}
