import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { WebClientPolicy } from './web-client-policy.js';

/** What is answered by the server itself, whatever files a web client has. */
const OWN_PATHS = /^\/(v1|v3|static|docs|health|metrics|bridge|api|websocket|webtools|demo)(\/|$)/;

/** Files whose names hold a hash of what is in them, as bundlers make them, never change. */
const HASHED_NAME = /[.-][\w-]{8,}\.\w+$/;
const HASHED_MAX_AGE = 'public, max-age=31536000, immutable';

/**
 * Serves the files of a web client from the origin of the APIs, at `/`: it needs no address and no CORS. Every path that is no file
 * is answered with its `index.html`, since such clients have routes of their own.
 *
 * @param folder with an `index.html`
 * @param policy the Content-Security-Policy of the pages, if not the usual one
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
