import type { Registry } from 'prom-client';
import type { Handlers } from '../endpoint.ts';

/** State for Prometheus. */
export function metricsHandler(registry: Registry): Pick<Handlers, 'getMetrics'> {
  return {
    getMetrics: async ({ reply }) => {
      const text = await registry.metrics();
      return reply
        .header('content-type', registry.contentType)
        .header('cache-control', 'no-store')
        .send(text);
    },
  };
}
