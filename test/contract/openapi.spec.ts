import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMITTED = 'docs/openapi';
const NAMES = ['admin', 'bot', 'client', 'connector', 'platform'];

const readDocument = (name: string, folder = COMMITTED): OpenApi =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as OpenApi;

/** Operations of a document with their method and path. */
const operationsOf = ({ paths }: OpenApi): [string, Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

/** Generated from `dist`: the compiler plugin reads types and comments that the transformer of the tests drops. */
describe('the committed OpenAPI documents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-openapi-'));
  const generated = spawnSync(process.execPath, ['dist/app/openapi.cli.js', folder], { encoding: 'utf8' });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are complete', () => {
    expect(generated.stderr).toBe('');
    expect(readdirSync(folder)).toEqual(NAMES.map((name) => `${name}.json`));
    expect(readdirSync(COMMITTED)).toEqual(readdirSync(folder));
  });

  it.each(NAMES)('%s matches the decorators; if not, run `npm run openapi` and review the difference', (name) => {
    expect(readDocument(name)).toEqual(readDocument(name, folder));
  });

  it.each(NAMES)('%s has a title, an introduction, the version of the package, a license and a server', (name) => {
    const { info, servers } = readDocument(name);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(info).toMatchObject({ title: expect.stringMatching(/^Parley /), version, license: { name: 'MIT' } });
    expect(info.description.match(/curl -s/g)?.length).toBeGreaterThanOrEqual(3);
    expect(servers).toEqual([{ url: 'http://localhost:3000' }]);
  });

  it.each(NAMES)('%s has unique operation ids in camelCase', (name) => {
    const ids = operationsOf(readDocument(name)).map(([, { operationId }]) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z0-9]*)+$/.test(id))).toEqual([]);
  });

  it.each(NAMES)('%s declares each tag with a description, and no other tags', (name) => {
    const document = readDocument(name);
    const used = operationsOf(document).flatMap(([, { tags }]) => tags);
    expect(document.tags.map((tag) => tag.name).sort()).toEqual([...new Set(used)].sort());
    expect(document.tags.filter(({ description }) => !description)).toEqual([]);
  });

  it.each(NAMES)('%s states the credential of each operation, if only that it needs none', (name) => {
    const document = readDocument(name);
    const schemes = Object.keys(document.components.securitySchemes ?? {});
    const undeclared = operationsOf(document).filter(
      ([, { security }]) => !security || security.flatMap(Object.keys).some((scheme) => !schemes.includes(scheme)),
    );
    expect(undeclared.map(([operation]) => operation)).toEqual([]);
  });

  it.each(NAMES)('%s has an example of each error with a JSON body', (name) => {
    const missing = operationsOf(readDocument(name)).flatMap(([operation, { responses }]) =>
      Object.entries(responses)
        .filter(([status, { content }]) => Number(status) >= 400 && content?.['application/json'])
        .filter(([, { content }]) => Object.keys(content!['application/json'].examples ?? {}).length === 0)
        .map(([status]) => `${operation} ${status}`),
    );
    expect(missing).toEqual([]);
  });

  it.each(NAMES)('%s describes every field, and has an example or a default for each required one', (name) => {
    const undescribed = Object.entries(readDocument(name).components.schemas).flatMap(([schema, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, property]) => !isDescribed(property))
        .map(([field]) => `${schema}.${field}`),
    );
    expect(undescribed).toEqual([]);
  });

  it.each(NAMES)('%s has all required fields in the examples of responses', (name) => {
    const document = readDocument(name);
    const incomplete = operationsOf(document)
      .flatMap(([, { responses }]) => Object.values(responses))
      .flatMap(({ content = {} }) => Object.values(content))
      .flatMap(({ schema = {}, examples = {} }) => {
        const { required = [] } = document.components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? {};
        return Object.entries(examples).filter(([, { value }]) => !required.every((field) => field in value));
      });
    expect(incomplete.map(([example]) => example)).toEqual([]);
  });

  it.each(NAMES)('%s has no example of an optional filter, which Swagger UI would send', (name) => {
    const filled = operationsOf(readDocument(name))
      .filter(([operation]) => operation.startsWith('GET '))
      .flatMap(([operation, { parameters = [] }]) =>
        parameters
          .filter(
            ({ required, schema }) => !required && schema.default === undefined && Number(schema.example ?? 0) !== 0,
          )
          .map((parameter) => `${operation} ${parameter.name}`),
      );
    expect(filled).toEqual([]);
  });
});

interface Property {
  description?: string;
  example?: unknown;
  default?: unknown;
  $ref?: string;
  allOf?: unknown[];
  items?: { $ref?: string };
  type?: string;
}

interface Content {
  schema?: { $ref?: string };
  examples?: Record<string, { value: object }>;
}

interface Operation {
  operationId: string;
  tags: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; required?: boolean; schema: Property }[];
  responses: Record<string, { content?: Record<string, Content> }>;
}

interface OpenApi {
  info: { title: string; description: string; version: string; license: { name: string } };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { properties?: Record<string, Property>; required?: string[] }>;
    securitySchemes?: Record<string, object>;
  };
}

/** A field that refers to another schema is described there. */
const isDescribed = ({ description, example, default: fallback, $ref, allOf, items, type }: Property): boolean => {
  if ($ref ?? allOf ?? items?.$ref) return true;
  return (
    (description !== undefined || example !== undefined) &&
    (example !== undefined || fallback !== undefined || type === 'object' || type === 'array')
  );
};
