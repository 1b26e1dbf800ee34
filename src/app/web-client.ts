import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { WebClientPolicy } from './web-client-policy.js';

/** Paths of the server, which the files of a web client cannot shadow. */
const OWN_PATHS = /^\/(v1|v3|static|docs|health|metrics|bridge|api|websocket|webtools|demo)(\/|$)/;

/** Bundlers put a hash of the content into the name: such a file never changes. */
const HASHED_NAME = /[.-][\w-]{8,}\.\w+$/;
const HASHED_MAX_AGE = 'public, max-age=31536000, immutable';

/**
 * Serves the files of a web client at `/`, on the origin of the APIs, so that it needs no CORS. All other paths return `index.html`,
 * since such clients have their own routes.
 *
 * @param folder contains an `index.html`
 * @param policy overrides the default Content-Security-Policy
 */
export function serveWebClient(folder: string, policy?: string): RequestHandler {
  const index = join(folder, 'index.html');
  const pages = new WebClientPolicy(index, policy);
  const files = express.static(folder, {
    setHeaders: (response, path) => {
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('cache-control', HASHED_NAME.test(path) ? HASHED_MAX_AGE : 'no-cache');
    },
  });
  return (request, response, next) => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || OWN_PATHS.test(request.path)) return next();
    response.setHeader('content-security-policy', pages.current());
    response.setHeader('x-frame-options', 'SAMEORIGIN');
    files(request, response, (error: unknown) => {
      if (error) return next(error);
      response.sendFile(index, { headers: { 'cache-control': 'no-cache' }, dotfiles: 'allow' }, next);
    });
  };
}
