import type { TLSSocket } from 'node:tls';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Settings } from '../core/config/settings.js';

type Directives = Record<string, readonly string[]>;

/** Of answers that are no pages: should a browser show one as a page after all, it loads and runs nothing. */
const NOTHING: Directives = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Of Swagger UI: its own scripts, and the inline styles that it makes. */
const DOCS: Directives = {
  ...NOTHING,
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
};

/** Of the queue board, which has a `<base>` and asks Google for its fonts. */
const QUEUE_BOARD: Directives = {
  ...DOCS,
  'base-uri': ["'self'"],
  'style-src': [...DOCS['style-src'], 'https://fonts.googleapis.com'],
  'font-src': [...DOCS['font-src'], 'https://fonts.gstatic.com'],
};

const YEAR_SECONDS = 31_536_000;

const policy = (directives: Directives) => ({ useDefaults: false, directives });

/**
 * The headers of every answer, whatever sends it: routes, errors, files, health checks and paths that do not exist. No answer is stored by
 * caches, since most hold personal data and many a token; what may be stored says so itself, later than this.
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

/** Pages of other origins may show files: a web client need not come from the origin of the APIs. */
export const fileHeaders = (): RequestHandler => helmet.crossOriginResourcePolicy({ policy: 'cross-origin' });

/** Instead of those of an answer that is no page. */
const pageHeaders =
  (setPolicy: RequestHandler): RequestHandler =>
  (request, response, next) => {
    response.setHeader('cache-control', 'no-cache');
    setPolicy(request, response, next);
  };

export const docsHeaders = (): RequestHandler => pageHeaders(helmet.contentSecurityPolicy(policy(DOCS)));

/** Not to be stored: job data is for operators. */
export const queueBoardHeaders = (): RequestHandler => helmet.contentSecurityPolicy(policy(QUEUE_BOARD));
