import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  Injectable,
  NotFoundException,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Registry } from 'prom-client';
import { Settings } from '../config/settings.js';
import { secretsEqual } from '../crypto/tokens.js';
import { Metrics } from './metrics.js';

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

/** The metrics of this process in the Prometheus text format. */
@ApiExcludeController()
@Controller('metrics')
@UseGuards(MetricsGuard)
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  collect(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
