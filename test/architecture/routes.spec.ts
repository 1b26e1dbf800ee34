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

/** All that anybody may ask for without a token, a cookie or a key. Whoever adds to this list says why it is safe. */
const OPEN_TO_ALL = [
  // Say whether the process lives, and what it needs works, without a name or a number.
  'GET /health/live',
  'GET /health/ready',
  // What a browser shows before anybody has logged in, and how a person becomes a user.
  'GET /v1/client-api/service-info',
  'GET /v1/client-api/bots',
  'GET /v1/client-api/bot/:id',
  'POST /v1/client-api/user',
  // Files: whoever knows the random path, the signed and passing link, or the number of the upload task may.
  'GET /static/:folder/:name',
  'GET /bridge/api/client/v1/files/:id',
  'GET /bridge/api/client/v1/files/:id/preview',
  'POST /bridge/api/client/v1/files',
  // What a bot asks before it has a token, and the token itself, for whoever knows the bot's key.
  'GET /api/v4/server',
  'POST /bridge/api/client/v1/oauth/token',
  // The page of a survey, for whoever was told its campaign.
  'GET /webtools/survey',
  'POST /webtools/survey',
  // What has come of it, for whoever was handed a signed and passing link.
  'GET /webtools/survey/results',
  // In development only; answers to the one secret that is made anew at each start.
  'POST /demo/echo',
];

interface Route {
  name: string;
  /** Of the Platform API. */
  scope: string | undefined;
  /** Those that ask who it is. */
  guards: string[];
  /** Whether pages of other origins are kept from it, though it asks for no session. */
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
    // In preview Nest reads all modules and makes nothing.
    const app = await NestFactory.create(AppModule.forRoot(settings), { preview: true, logger: false });
    const modules = [...app.get(ModulesContainer).values()];
    controllers = [...new Set(modules.flatMap((module) => [...module.controllers.keys()] as Type[]))];
    routes = controllers.flatMap(routesOf);
  });

  it('is found', () => {
    expect(routes.length).toBeGreaterThan(30);
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
  });

  it('declares who may use it: a guard, or that it is open to all', () => {
    const open = routes.filter(({ guards }) => guards.length === 0).map(({ name }) => name);
    expect(open.sort()).toEqual([...OPEN_TO_ALL].sort());
  });

  it('is open on purpose: in the Client API it wears the mark of it', () => {
    const unmarked = routes.filter(
      ({ name, guards, isMarkedPublic }) => isClient(name) && !guards.length && !isMarkedPublic,
    );
    expect(unmarked).toEqual([]);
  });

  it('keeps pages of other origins from changes that a browser makes without a session', () => {
    const isChange = (name: string) => name.startsWith('POST ') && /client-api|webtools/.test(name);
    const kept = routes.filter(({ isForOwnPages }) => isForOwnPages).map(({ name }) => name);
    expect(kept.sort()).toEqual(OPEN_TO_ALL.filter(isChange).sort());
  });

  it.each([
    ['/v3/', ['PlatformGuard']],
    ['/v1/client-api/', ['SessionGuard']],
    ['/v1/bot-api/', ['BotKeyGuard']],
    ['/v1/admin-api/', ['AdminKeyGuard']],
  ])('below %s lets in by %j', (prefix, guards) => {
    const closed = routes.filter(({ name }) => name.includes(` ${prefix}`) && !OPEN_TO_ALL.includes(name));
    expect(closed.length).toBeGreaterThan(0);
    expect(closed.filter((route) => route.guards.join() !== guards.join())).toEqual([]);
  });

  it('declares the scope that its token needs, in the Platform API', () => {
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

  it('is served: no controller of the source tree was forgotten by the modules', async () => {
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
