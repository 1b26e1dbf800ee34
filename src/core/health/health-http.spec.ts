import { Controller, Get, Global, type INestApplication, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Settings } from '../config/settings.js';
import { FastExpressAdapter } from '../http/fast-express.adapter.js';
import { EventLoopLag } from './event-loop-lag.js';
import { HealthHttpModule } from './health.module.js';
import { HealthRegistry } from './health-registry.js';
import { httpMetrics, Metrics } from './metrics.js';

@Controller('things')
class ThingsController {
  @Get(':id')
  get(@Param('id') id: string) {
    return { id };
  }
}

const settings = new Settings();

@Global()
@Module({ providers: [{ provide: Settings, useValue: settings }], exports: [Settings] })
class SettingsModule {}

@Module({ imports: [SettingsModule, HealthHttpModule], controllers: [ThingsController] })
class TestModule {}

let app: INestApplication;
let url: string;

beforeEach(async () => {
  app = await NestFactory.create(TestModule, new FastExpressAdapter(), { logger: false, bodyParser: false });
  app.use(httpMetrics(app.get(Metrics)));
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterEach(() => app.close());

const json = async (path: string) => {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.json(), cache: response.headers.get('cache-control') };
};

describe('GET /health/live', () => {
  it('is ok while the event loop runs', async () => {
    expect(await json('/health/live')).toEqual({ status: 200, body: { status: 'ok' }, cache: 'no-store' });
  });

  it('returns 503 if the event loop was blocked for five seconds', async () => {
    jest.spyOn(app.get(EventLoopLag), 'takeLongest').mockReturnValue(5001);
    expect(await json('/health/live')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  });
});

describe('GET /health/ready', () => {
  it('returns the report of the registry', async () => {
    const registry = app.get(HealthRegistry);
    registry.register('redis', () => Promise.reject(new Error('secret')), { critical: false });
    expect(await json('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'degraded', checks: { redis: 'failed' } },
    });
    registry.register('postgres', () => Promise.reject(new Error('secret')), { critical: true });
    expect(await json('/health/ready')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  });

  it('returns 503 once the shutdown has begun', async () => {
    app.get(HealthRegistry).beginShutdown();
    expect(await json('/health/ready')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  });
});

describe('GET /metrics', () => {
  it('counts requests by the pattern of their route', async () => {
    await json('/things/1');
    await json('/things/2');
    await json('/wp-login.php');
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain(
      'parley_http_request_duration_seconds_count{method="GET",route="/things/:id",status="200"} 2',
    );
    expect(text).toContain('parley_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });
});

describe('GET /metrics', () => {
  const statusOf = async (changes: Partial<Settings>, authorization?: string): Promise<number> => {
    Object.assign(settings, new Settings(), { METRICS_TOKEN: undefined, METRICS_ENABLED: undefined }, changes);
    return (await fetch(`${url}/metrics`, { headers: authorization ? { authorization } : {} })).status;
  };
  afterAll(() => Object.assign(settings, new Settings(), { METRICS_TOKEN: undefined, METRICS_ENABLED: undefined }));
  const METRICS_TOKEN = 'a-token-of-metrics';

  it.each([
    ['open outside production', { NODE_ENV: 'development' }, undefined, 200],
    ['closed in production', { NODE_ENV: 'production' }, undefined, 404],
    ['open in production where that is set', { NODE_ENV: 'production', METRICS_ENABLED: true }, undefined, 200],
    ['closed where that is set', { METRICS_ENABLED: false, METRICS_TOKEN }, `Bearer ${METRICS_TOKEN}`, 404],
    ['open in production for the token', { NODE_ENV: 'production', METRICS_TOKEN }, `Bearer ${METRICS_TOKEN}`, 200],
    ['closed without the token', { METRICS_TOKEN }, undefined, 401],
    ['closed for another token', { METRICS_TOKEN }, 'Bearer another', 401],
    ['closed for the token in another form', { METRICS_TOKEN }, METRICS_TOKEN, 401],
  ] as [string, Partial<Settings>, string | undefined, number][])(
    'is %s',
    async (_name, changes, authorization, status) => {
      expect(await statusOf(changes, authorization)).toBe(status);
    },
  );
});

it('appears in no OpenAPI document', () => {
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  expect(Object.keys(paths)).toEqual(['/things/{id}']);
});
