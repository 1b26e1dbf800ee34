import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ConnectorApiModule } from './connector-api.module.js';
import { ClientApiModule } from './client-api.module.js';
import type { Scope } from '../modules/auth/index.js';
import { SCOPE_EXTENSION } from '../protocols/platform/platform-scope.decorator.js';
import { PlatformApiModule } from './platform-api.module.js';

interface DocumentedFace {
  /** The file's name, under `/docs` and in the repository's `docs/openapi`. */
  name: string;
  title: string;
  description: string;
  module: new () => unknown;
  security: (builder: DocumentBuilder) => DocumentBuilder;
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const FACES: readonly DocumentedFace[] = [
  {
    name: 'platform',
    title: 'Parley: Platform API',
    description:
      "For an operator's back end: users, bots, group channels and messages. Authorise with the header `Api-Token`.",
    module: PlatformApiModule,
    security: (builder) =>
      builder.addApiKey(
        {
          type: 'apiKey',
          in: 'header',
          name: 'Api-Token',
          description:
            'The `API_TOKEN`, which allows everything, or a secondary token, which allows what its scopes say. The first start stores the `API_TOKEN` in `DATA_DIR/secrets.json`.',
        },
        'Api-Token',
      ),
  },
  {
    name: 'client',
    title: 'Parley: Client, Bot and Admin API',
    description:
      'For people in browsers (cookie `token`, set by `POST /v1/client-api/user`), for bots (header `Authorization: <botId>:<token>`) and for the admin (header `Authorization: <ADMIN_SECRET_KEY>`).',
    module: ClientApiModule,
    security: (builder) =>
      builder
        .addCookieAuth(
          'token',
          {
            type: 'apiKey',
            in: 'cookie',
            name: 'token',
            description:
              '`POST /v1/client-api/user` sets it, and browsers send it by themselves: nothing is to be filled in here.',
          },
          'session',
        )
        .addApiKey(
          {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description:
              'The `key` of `POST /v1/admin-api/bot` or `GET /v1/admin-api/bot/{id}/key`: `<botId>:<token>`.',
          },
          'bot-key',
        )
        .addApiKey(
          {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: 'The `ADMIN_SECRET_KEY`. The first start stores it in `DATA_DIR/secrets.json`.',
          },
          'admin-key',
        ),
  },
  {
    name: 'connector',
    title: 'Parley: chatbot connector',
    description:
      'What socket bots ask over HTTP: the server, a token, files, and the page of surveys. What goes over the socket at `/websocket/chat_bot` is described in `docs/chatbot-connector.md`.',
    module: ConnectorApiModule,
    security: (builder) => builder,
  },
];

/** The OpenAPI document of each face, by its name. Made from the decorators of its controllers and DTOs. */
export function openApiDocuments(app: NestExpressApplication): Map<string, OpenAPIObject> {
  return new Map(
    FACES.map(({ name, title, description, module, security }) => {
      const builder = security(new DocumentBuilder().setTitle(title).setDescription(description).setVersion('1'));
      const document = SwaggerModule.createDocument(app, builder.build(), { include: [module], deepScanRoutes: true });
      for (const operation of readings(document)) operation.parameters?.forEach(tellFilter);
      for (const operation of operationsOf(document)) describeScope(operation);
      return [name, document];
    }),
  );
}

const operationsOf = ({ paths }: OpenAPIObject): Operation[] =>
  Object.values(paths).flatMap(({ get, post, put, delete: remove, patch }) =>
    [get, post, put, remove, patch].flatMap((operation) => operation ?? []),
  );

/** Swagger UI shows no extensions, so the scope is named in the description as well. */
function describeScope(operation: Operation): void {
  const scope = (operation as { [SCOPE_EXTENSION]?: Scope })[SCOPE_EXTENSION];
  if (!scope) return;
  const rule = scope === 'tokens:manage' ? 'Needs the master token.' : `Needs the scope \`${scope}\`.`;
  operation.description = [operation.description, rule].filter(Boolean).join('\n\n');
}

/** What shows something. */
const readings = ({ paths }: OpenAPIObject) => Object.values(paths).flatMap(({ get }) => get ?? []);

/**
 * Swagger UI fills in the examples of parameters. Filters that may be left out would leave nothing to be seen then, so theirs are told
 * in words. 0 leaves nothing out, and stays.
 */
function tellFilter(parameter: Parameter): void {
  if ('$ref' in parameter || parameter.required) return;
  if (!parameter.schema || '$ref' in parameter.schema) return;
  const { example, ...schema } = parameter.schema;
  if (example === undefined || schema.default !== undefined || Number(example) === 0) return;
  parameter.description = `${parameter.description ?? ''} For example \`${String(example)}\`.`.trim();
  parameter.schema = schema;
}

/** Serves Swagger UI at `/docs` with a document for each face, and leads `/` there. They are made when somebody first asks. */
export function serveDocs(app: NestExpressApplication): void {
  let made: Map<string, OpenAPIObject> | undefined;
  const documentOf = (name: string): OpenAPIObject => (made ??= openApiDocuments(app)).get(name)!;
  const server = app.getHttpAdapter().getInstance();
  for (const { name } of FACES) {
    server.get(`/docs/${name}.json`, (_request, response) => void response.json(documentOf(name)));
  }
  SwaggerModule.setup('docs', app, () => documentOf('platform'), {
    explorer: true,
    customSiteTitle: 'Parley',
    jsonDocumentUrl: 'docs/openapi.json',
    swaggerOptions: {
      urls: FACES.map(({ name, title }) => ({ name: title, url: `/docs/${name}.json` })),
      persistAuthorization: true,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      tagsSorter: 'alpha', // what is for bots, and what is for the admin, together
    },
  });
  server.get('/', (_request, response) => response.redirect('/docs'));
}
