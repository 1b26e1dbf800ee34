import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod, type Type } from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app/app.module.js';
import { OwnOriginGuard } from '../../src/core/http/foreign-origin.js';
import { API_SCOPES } from '../../src/modules/auth/index.js';
import { PLATFORM_SCOPE } from '../../src/protocols/platform/platform-scope.decorator.js';
import { Public } from '../../src/protocols/client/client.controller.decorator.js';
import { testSettings } from '../support/settings.js';

/** All routes without a token, a cookie or a key, each with the reason why it is safe. */
const OPEN_TO_ALL = [
  // Report health only, without details.
  'GET /health/live',
  'GET /health/ready',
  // Needed before login, and to sign up.
  'GET /v1/client-api/service-info',
  'GET /v1/client-api/bots',
  'GET /v1/client-api/bot/:id',
  'POST /v1/client-api/user',
  // Files: require the random path, a signed link that expires, or the id of the upload task.
  'GET /static/:folder/:name',
  'GET /bridge/api/client/v1/files/:id',
  'GET /bridge/api/client/v1/files/:id/preview',
  'POST /bridge/api/client/v1/files',
  // Needed before a bot has a token. The token requires the bot's key.
  'GET /api/v4/server',
  'POST /bridge/api/client/v1/oauth/token',
  // The page of a survey, which requires its campaign.
  'GET /webtools/survey',
  'POST /webtools/survey',
  // The results of a survey, which require a signed link that expires.
  'GET /webtools/survey/results',
  // In development only; requires the secret that is generated at each start.
  'POST /demo/echo',
];

interface Route {
  name: string;
  /** Scope of the Platform API. */
  scope: string | undefined;
  /** Guards that authenticate the caller. */
  guards: string[];
  /** Whether it rejects pages of other origins, although it requires no session. */
  isForOwnPages: boolean;
  isMarkedPublic: boolean;
}

const SOURCE = join(__dirname, '../../src');
const PUBLIC_MARK = Public().KEY;

describe('every route of the application', () => {
  let controllers: Type[];
  let routes: Route[];

  beforeAll(async () => {
    const settings = testSettings({
      NODE_ENV: 'development',
      ROLES: ['api', 'worker'],
      DATABASE_URL: 'postgres://nowhere/none',
    });
    // In preview mode Nest scans all modules without creating instances.
    const app = await NestFactory.create(AppModule.forRoot(settings), { preview: true, logger: false });
    const modules = [...app.get(ModulesContainer).values()];
    controllers = [...new Set(modules.flatMap((module) => [...module.controllers.keys()] as Type[]))];
    routes = controllers.flatMap(routesOf);
  });

  it('is unique by method and path', () => {
    expect(routes.length).toBeGreaterThan(30);
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
  });

  it('has a guard or is listed as open to all', () => {
    const open = routes.filter(({ guards }) => guards.length === 0).map(({ name }) => name);
    expect(open.sort()).toEqual([...OPEN_TO_ALL].sort());
  });

  it('is marked as public in the Client API if it is open', () => {
    const unmarked = routes.filter(
      ({ name, guards, isMarkedPublic }) => isClient(name) && !guards.length && !isMarkedPublic,
    );
    expect(unmarked).toEqual([]);
  });

  it('rejects changes by pages of other origins on routes without a session', () => {
    const isChange = (name: string) => name.startsWith('POST ') && /client-api|webtools/.test(name);
    const protectedRoutes = routes.filter(({ isForOwnPages }) => isForOwnPages).map(({ name }) => name);
    expect(protectedRoutes.sort()).toEqual(OPEN_TO_ALL.filter(isChange).sort());
  });

  it.each([
    ['/v3/', ['PlatformGuard']],
    ['/v1/client-api/', ['SessionGuard']],
    ['/v1/bot-api/', ['BotKeyGuard']],
    ['/v1/admin-api/', ['AdminKeyGuard']],
  ])('below %s uses the guards %j', (prefix, guards) => {
    const closed = routes.filter(({ name }) => name.includes(` ${prefix}`) && !OPEN_TO_ALL.includes(name));
    expect(closed.length).toBeGreaterThan(0);
    expect(closed.filter((route) => route.guards.join() !== guards.join())).toEqual([]);
  });

  it('declares the required scope in the Platform API', () => {
    const platform = routes.filter(({ name }) => name.includes(' /v3/'));
    expect(platform.filter(({ scope }) => scope === undefined)).toEqual([]);
    expect(new Set(platform.map(({ scope }) => scope))).toEqual(
      new Set([...API_SCOPES, 'tokens:manage'].filter((scope) => scope !== 'bots:token')),
    );
    const isRead = ({ name }: Route) => name.startsWith('GET ');
    const writesByReading = platform.filter((route) => !isRead(route) && route.scope!.endsWith(':read'));
    const readsByWriting = platform.filter((route) => isRead(route) && /:(write|token)$/.test(route.scope!));
    expect([...writesByReading, ...readsByWriting]).toEqual([]);
  });

  it('belongs to a module: every controller of the source tree is registered', async () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.controller\.ts$/.test(file),
    );
    const declared: Type[] = [];
    for (const file of files) {
      const exported = Object.values((await import(join(SOURCE, file))) as Record<string, unknown>);
      declared.push(...exported.filter((value): value is Type => typeof value === 'function' && isController(value)));
    }
    expect(declared.filter((controller) => !controllers.includes(controller)).map(({ name }) => name)).toEqual([]);
    expect(declared.length).toBeGreaterThan(10);
  });
});

const isClient = (name: string): boolean => name.includes(' /v1/');

const isController = (value: object): boolean => Reflect.hasMetadata(PATH_METADATA, value);

function routesOf(controller: Type): Route[] {
  const prototype = controller.prototype as Record<string, object>;
  const guardsOf = (target: object): Type[] =>
    (Reflect.getMetadata(GUARDS_METADATA, target) as Type[] | undefined) ?? [];
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((method) => {
    const handler = prototype[method];
    if (!Reflect.hasMetadata(PATH_METADATA, handler)) return [];
    const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const all = [...guardsOf(controller), ...guardsOf(handler)].map(({ name }) => name);
    const guards = all.filter((name) => name !== OwnOriginGuard.name);
    const isForOwnPages = guards.length < all.length;
    const isMarkedPublic = Boolean(Reflect.getMetadata(PUBLIC_MARK, handler));
    const scope = Reflect.getMetadata(PLATFORM_SCOPE, handler) as string | undefined;
    return pathsOf(controller, handler).map((path) => ({
      name: `${verb} ${path}`,
      scope,
      guards,
      isForOwnPages,
      isMarkedPublic,
    }));
  });
}

function pathsOf(controller: object, handler: object): string[] {
  const read = (target: object): string[] => [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat();
  return read(controller).flatMap((prefix) =>
    read(handler).map((path) => join('/', prefix, path).replace(/(.)\/$/, '$1')),
  );
}
