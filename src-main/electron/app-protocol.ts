import { protocol } from 'electron';
import { APP_SCHEME, classifyRequest } from './app-url.ts';
import { type CoreEndpoint, forwardToCore } from './core-forwarder.ts';
import { serveWindowFile } from './window-files.ts';

/** Makes `app://liveman` an origin like https. Has to be called before Electron is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: {
        standard: true,
        secure: true,
        supportFetchAPI: true,
        corsEnabled: true,
        stream: true,
        codeCache: true,
      },
    },
  ]);
}

/** Answers every request of the window: built files from `rendererDir`, everything else from the core. */
export function setupAppProtocol(rendererDir: string, core: CoreEndpoint): void {
  protocol.handle(APP_SCHEME, (request) => answer(request, rendererDir, core));
}

async function answer(request: Request, rendererDir: string, core: CoreEndpoint): Promise<Response> {
  const target = classifyRequest(request.method, request.url);
  if (target === 'core') return forwardToCore(request, core);
  if (target === 'file') return serveWindowFile(rendererDir, request.method, request.url);
  return new Response('not found', { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
