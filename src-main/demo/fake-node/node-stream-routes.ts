import { NodeError, reply } from './node-http.ts';
import { isAtLeast } from './node-options.ts';
import type { NodeParts } from './node-parts.ts';
import type { Route } from './node-router.ts';

/** Lists, single streams, strategy, metrics and, at HEAD, the node's description. */
export function streamRoutes(parts: NodeParts): Route[] {
  const { streams, strategy, options } = parts;
  const routes: Route[] = [
    {
      pattern: '/api/streams/',
      methods: {
        GET: ({ query }) => {
          const wanted = query.getAll('streams').filter((name) => name !== '');
          const all = streams.all().filter((each) => wanted.length === 0 || wanted.includes(each.id));
          return reply.json(all.map((each) => streams.toJson(each)));
        },
      },
    },
    {
      pattern: '/api/streams/{stream}',
      methods: {
        GET: ({ params }) => {
          const stream = streams.find(params.stream!);
          return stream ? reply.json(streams.toJson(stream)) : reply.text(404, params.stream!);
        },
        POST: ({ params }) => {
          if (streams.find(params.stream!)) throw new NodeError(409, 'resource already exists');
          streams.ensure(params.stream!);
          return reply.empty(204);
        },
        DELETE: ({ params }) => {
          if (streams.find(params.stream!)?.isProvisioned) {
            throw new NodeError(409, 'stream is provisioned and cannot be deleted');
          }
          if (!streams.remove(params.stream!)) throw new NodeError(404, 'resource not exists');
          return reply.empty(204);
        },
      },
    },
    { pattern: '/api/strategy/', methods: { GET: () => reply.json(strategy) } },
    { pattern: '/metrics', isOpen: true, methods: { GET: () => reply.text(200, metrics(parts)) } },
  ];
  if (isAtLeast(options.generation, 'head')) {
    routes.push({ pattern: '/api/info', isOpen: true, methods: { GET: () => reply.json(info(parts)) } });
  }
  return routes;
}

function info({ options }: NodeParts): object {
  const features = [
    ...(options.hasCascade === false ? [] : ['cascade']),
    'net4mqtt',
    ...(options.hasRecorder === false ? [] : ['recorder']),
    ...(options.hasWebui ? ['webui'] : []),
  ];
  return {
    version: 'v0.9.0-108-g42205144',
    gitHash: '42205144',
    buildTime: '2026-08-12T10:39:24.767605749+00:00',
    features,
  };
}

function metrics({ streams, options }: NodeParts): string {
  const all = streams.all();
  const subscribers = all.flatMap((each) => each.subscribers.filter((session) => session.isOpen));
  const publishers = all.flatMap((each) => (each.publisher ? [each.publisher] : []));
  const gauge = (name: string, value: number) =>
    `# HELP live777_${name} ${name} number\n# TYPE live777_${name} gauge\nlive777_${name} ${value}\n`;
  const reforwards = subscribers.filter((session) => session.cascade?.targetUrl).length;
  const sum = (sessions: { bytes(): number }[]) => sessions.reduce((total, each) => total + each.bytes(), 0);
  const [bytesIn, bytesOut] = [sum(publishers), sum(subscribers)];
  const traffic = [
    ...(bytesIn > 0 ? [`live777_rtp_bytes_total{direction="in"} ${bytesIn}\n`] : []),
    ...(bytesOut > 0 ? [`live777_rtp_bytes_total{direction="out"} ${bytesOut}\n`] : []),
  ];
  const hasTraffic = isAtLeast(options.generation, 'head') && traffic.length > 0;
  return [
    gauge('publish', publishers.length),
    gauge('reforward', reforwards),
    ...(hasTraffic
      ? [
          '# HELP live777_rtp_bytes_total RTP media bytes transferred (wire size)\n',
          '# TYPE live777_rtp_bytes_total counter\n',
          ...traffic,
        ]
      : []),
    gauge('stream', all.length),
    gauge('subscribe', subscribers.length),
  ].join('');
}
