import type { TLSSocket } from 'node:tls';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Settings } from '../core/config/settings.js';

type Directives = Record<string, readonly string[]>;

/** For responses that are no pages: a browser that renders one as a page loads and runs nothing. */
const NOTHING: Directives = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** For Swagger UI: its own scripts, and its generated inline styles. */
const DOCS: Directives = {
  ...NOTHING,
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
};

/** For the queue board, which has a `<base>` and loads fonts from Google. */
const QUEUE_BOARD: Directives = {
  ...DOCS,
  'base-uri': ["'self'"],
  'style-src': [...DOCS['style-src'], 'https://fonts.googleapis.com'],
  'font-src': [...DOCS['font-src'], 'https://fonts.gstatic.com'],
};

const YEAR_SECONDS = 31_536_000;

const policy = (directives: Directives) => ({ useDefaults: false, directives });

/**
 * Sets the headers of every response: routes, errors, files, health checks and unknown paths. Responses are not cached, since most contain
 * personal data or a token; cacheable ones override the header later.
 *
 * HSTS is sent where browsers reach this server over TLS: when `PUBLIC_URL` begins with https, and in production over the TLS listener.
 */
export function securityHeaders(settings: Settings): RequestHandler {
  const options = {
    contentSecurityPolicy: policy(NOTHING),
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: { action: 'deny' },
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  } as const;
  const withTls = helmet({
    ...options,
    strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: false },
  });
  const withoutTls = helmet({ ...options, strictTransportSecurity: false });
  const isPublicTls = settings.publicUrl.startsWith('https:');
  return (request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    const isTls = isPublicTls || (settings.isProduction && (request.socket as Partial<TLSSocket>).encrypted === true);
    (isTls ? withTls : withoutTls)(request, response, next);
  };
}

/** Allows pages of other origins to show files: a web client may have another origin than the APIs. */
export const fileHeaders = (): RequestHandler => helmet.crossOriginResourcePolicy({ policy: 'cross-origin' });

/** Replaces the headers of a response that is no page. */
const pageHeaders =
  (setPolicy: RequestHandler): RequestHandler =>
  (request, response, next) => {
    response.setHeader('cache-control', 'no-cache');
    setPolicy(request, response, next);
  };

export const docsHeaders = (): RequestHandler => pageHeaders(helmet.contentSecurityPolicy(policy(DOCS)));

/** Stays uncached: job data is confidential. */
export const queueBoardHeaders = (): RequestHandler => helmet.contentSecurityPolicy(policy(QUEUE_BOARD));
