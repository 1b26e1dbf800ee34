import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { Settings } from '../config/settings.js';
import { secretsEqual } from '../crypto/tokens.js';

/** Responds 404 if `/metrics` is disabled, and requires `METRICS_TOKEN` as a bearer token if it is set. */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(private readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const { METRICS_TOKEN, metricsEnabled } = this.settings;
    if (!metricsEnabled) throw new NotFoundException();
    if (METRICS_TOKEN === undefined) return true;
    const http = context.switchToHttp();
    const [, token = ''] = /^bearer (.*)$/i.exec(http.getRequest<Request>().headers.authorization ?? '') ?? [];
    if (secretsEqual(token, METRICS_TOKEN)) return true;
    http.getResponse<Response>().setHeader('www-authenticate', 'Bearer');
    throw new UnauthorizedException();
  }
}
