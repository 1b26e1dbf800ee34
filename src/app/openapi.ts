import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Settings } from '../core/config/settings.js';
import type { Scope } from '../modules/auth/index.js';
import { SCOPE_EXTENSION } from '../protocols/platform/platform-scope.decorator.js';
import { OPENAPI_DEFINITIONS, type OpenApiDefinition } from './openapi-definitions.js';
import { ERROR_EXAMPLES } from './openapi-error-examples.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];
type Responses = Operation['responses'];

const REFERENCE = '#/components/schemas/';

/** Creates the OpenAPI documents, by name, from the decorators of the controllers and DTOs. @param url the server's address */
export const createOpenApiDocuments = (app: NestExpressApplication, url: string): Map<string, OpenAPIObject> =>
  new Map(OPENAPI_DEFINITIONS.map((definition) => [definition.name, createDocument(app, definition, url)]));

function createDocument(app: NestExpressApplication, definition: OpenApiDefinition, url: string): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, createConfig(definition, url), {
    include: [definition.module],
    deepScanRoutes: true,
    operationIdFactory: (_controller, method) => method,
  });
  const { pathPrefixes } = definition;
  if (pathPrefixes) selectPaths(document, pathPrefixes);
  removeUnusedSchemas(document);
  for (const operation of operationsOf(document)) {
    operation.security ??= [];
    addScope(operation);
    addErrorExamples(operation.responses);
  }
  for (const { get } of Object.values(document.paths)) get?.parameters?.forEach(moveExampleToDescription);
  return document;
}

function createConfig({ title, describe, security, tags }: OpenApiDefinition, url: string) {
  const builder = new DocumentBuilder()
    .setTitle(title)
    .setDescription(describe(url))
    .setVersion(readVersion())
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(url);
  for (const [name, scheme] of Object.entries(security)) builder.addSecurity(name, scheme);
  for (const [name, description] of tags) builder.addTag(name, description);
  const config = builder.build();
  config.info.contact = { name: 'Parley contributors' };
  return config;
}

function readVersion(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function selectPaths(document: OpenAPIObject, prefixes: readonly string[]): void {
  document.paths = Object.fromEntries(
    Object.entries(document.paths).filter(([path]) => prefixes.some((prefix) => path.startsWith(prefix))),
  );
}

/** Removes the schemas of paths that are not in the document. */
function removeUnusedSchemas({ paths, components }: OpenAPIObject): void {
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const pending: unknown[] = [paths];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const { $ref } = value as { $ref?: unknown };
    if (typeof $ref === 'string' && $ref.startsWith(REFERENCE) && !used.has($ref)) {
      used.add($ref);
      pending.push(schemas[$ref.slice(REFERENCE.length)]);
    }
    pending.push(...Object.values(value));
  }
  for (const name of Object.keys(schemas)) if (!used.has(REFERENCE + name)) delete schemas[name];
}

const operationsOf = ({ paths }: OpenAPIObject): Operation[] =>
  Object.values(paths).flatMap(({ get, post, put, delete: remove, patch }) =>
    [get, post, put, remove, patch].flatMap((operation) => operation ?? []),
  );

/** Swagger UI shows no extensions, so the description states the scope as well. */
function addScope(operation: Operation): void {
  const scope = (operation as { [SCOPE_EXTENSION]?: Scope })[SCOPE_EXTENSION];
  if (!scope) return;
  const rule = scope === 'tokens:manage' ? 'Requires the master token.' : `Requires the scope \`${scope}\`.`;
  operation.description = [operation.description, rule].filter(Boolean).join('\n\n');
}

function addErrorExamples(responses: Responses): void {
  for (const [status, response] of Object.entries(responses)) {
    if (!response || '$ref' in response) continue;
    const content = response.content?.['application/json'];
    if (!content?.schema || content.examples || !('$ref' in content.schema)) continue;
    const examples = ERROR_EXAMPLES[content.schema.$ref.slice(REFERENCE.length)]?.[Number(status)];
    if (examples) content.examples = Object.fromEntries(examples.map(({ name, value }) => [name, { value }]));
  }
}

/**
 * Moves the example of an optional filter to its description: Swagger UI sends examples, and a filter would then return nothing.
 * The example 0 filters nothing and stays.
 */
function moveExampleToDescription(parameter: Parameter): void {
  if ('$ref' in parameter || parameter.required) return;
  if (!parameter.schema || '$ref' in parameter.schema) return;
  const { example, ...schema } = parameter.schema;
  if (example === undefined || schema.default !== undefined || Number(example) === 0) return;
  parameter.description = `${parameter.description ?? ''} For example \`${String(example)}\`.`.trim();
  parameter.schema = schema;
}

/** Serves Swagger UI at `/docs` and redirects `/` to it. The documents are created on the first request. */
export function serveDocs(app: NestExpressApplication, { publicUrl }: Settings): void {
  let documents: Map<string, OpenAPIObject> | undefined;
  const documentOf = (name: string): OpenAPIObject => (documents ??= createOpenApiDocuments(app, publicUrl)).get(name)!;
  const server = app.getHttpAdapter().getInstance();
  for (const { name } of OPENAPI_DEFINITIONS) {
    server.get(`/docs/${name}.json`, (_request, response) => void response.json(documentOf(name)));
  }
  SwaggerModule.setup('docs', app, () => documentOf('platform'), {
    explorer: true,
    customSiteTitle: 'Parley',
    jsonDocumentUrl: 'docs/openapi.json',
    swaggerOptions: {
      urls: OPENAPI_DEFINITIONS.map(({ name, title }) => ({ name: title, url: `/docs/${name}.json` })),
      persistAuthorization: true,
      displayRequestDuration: true,
      tryItOutEnabled: true,
    },
  });
  server.get('/', (_request, response) => response.redirect('/docs'));
}
