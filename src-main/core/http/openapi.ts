import { ERROR_CODES } from '../../../src-shared/contract/error-codes.ts';
import { httpRoutes } from '../../../src-shared/contract/http-routes.ts';
import type { RouteSpec } from '../../../src-shared/contract/route.ts';

const errorSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'string' }, message: { type: 'string' }, details: { type: 'object' } },
};

/** The contract as an OpenAPI 3.1 document. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, spec] of Object.entries(httpRoutes) as [string, RouteSpec][]) {
    const path = spec.path.replace(/\{\*(\w+)\}/, '{$1}');
    paths[path] ??= {};
    paths[path][spec.method.toLowerCase()] = operation(operationId, spec);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Liveman Desktop', version },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function operation(operationId: string, spec: RouteSpec): Record<string, unknown> {
  const isJson = typeof spec.reply !== 'string';
  const responses: Record<string, unknown> = {
    200: {
      description: 'OK',
      content: isJson
        ? { 'application/json': { schema: spec.reply } }
        : { [spec.reply as string]: { schema: {} } },
    },
  };
  for (const code of spec.errors) {
    const { status, meaning } = ERROR_CODES[code];
    const earlier = responses[status] as { description: string } | undefined;
    responses[status] = {
      description: earlier ? `${earlier.description} ${code}: ${meaning}` : `${code}: ${meaning}`,
      content: { 'application/json': { schema: errorSchema } },
    };
  }
  return {
    operationId,
    summary: spec.summary,
    security: spec.access === 'open' ? [] : [{ bearer: [] }],
    'x-access': spec.access,
    parameters: [...parametersOf(spec.params, 'path'), ...parametersOf(spec.query, 'query')],
    ...(spec.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: spec.body } } } }
      : {}),
    ...(spec.rawBody ? { requestBody: { content: { [spec.rawBody]: { schema: {} } } } } : {}),
    responses,
  };
}

function parametersOf(schema: unknown, where: 'path' | 'query'): unknown[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name: name === '*' ? 'path' : name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(property.description ? { description: property.description } : {}),
    schema: property,
  }));
}
