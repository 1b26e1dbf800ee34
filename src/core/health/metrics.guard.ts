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

/** Closes `/metrics` where it is switched off, and asks for `METRICS_TOKEN` as a bearer token where one is set. */
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
