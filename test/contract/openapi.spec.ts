import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMITTED = 'docs/openapi';

/** Made from `dist`: the compiler's plugin reads types and comments that the tests' own transformer does not keep. */
describe('the committed OpenAPI documents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-openapi-'));
  const made = spawnSync(process.execPath, ['dist/app/openapi.cli.js', folder], { encoding: 'utf8' });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are all there', () => {
    expect(made.stderr).toBe('');
    expect(readdirSync(COMMITTED)).toEqual(readdirSync(folder));
  });

  it.each(readdirSync(COMMITTED))(
    '%s is what the decorators say; if not, run `npm run openapi` and review the difference',
    (file) => {
      expect(JSON.parse(readFileSync(join(COMMITTED, file), 'utf8'))).toEqual(
        JSON.parse(readFileSync(join(folder, file), 'utf8')),
      );
    },
  );

  it.each(readdirSync(COMMITTED))(
    '%s describes every field, and tells an example or a default of each that is asked for',
    (file) => {
      const document = JSON.parse(readFileSync(join(COMMITTED, file), 'utf8')) as OpenApi;
      const silent = Object.entries(document.components.schemas).flatMap(([schema, { properties = {} }]) =>
        Object.entries(properties)
          .filter(([, property]) => !isTold(property))
          .map(([name]) => `${schema}.${name}`),
      );
      expect(silent).toEqual([]);
    },
  );

  it.each(readdirSync(COMMITTED))('%s shows answers with all that their schema asks for', (file) => {
    const { paths, components } = JSON.parse(readFileSync(join(COMMITTED, file), 'utf8')) as OpenApi;
    const answers = Object.values(paths).flatMap((path) =>
      Object.values(path).flatMap(({ responses }) => Object.values(responses)),
    );
    const lacking = answers
      .flatMap(({ content = {} }) => Object.values(content))
      .flatMap(({ schema = {}, examples = {} }) => {
        const { required = [] } = components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? {};
        return Object.entries(examples).filter(([, { value }]) => !required.every((field) => field in value));
      });
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  it.each(readdirSync(COMMITTED))('%s has Swagger UI fill in no filter that would leave nothing to be seen', (file) => {
    const { paths } = JSON.parse(readFileSync(join(COMMITTED, file), 'utf8')) as OpenApi;
    const filled = Object.entries(paths).flatMap(([path, { get }]) =>
      (get?.parameters ?? [])
        .filter(
          ({ required, schema }) => !required && schema.default === undefined && Number(schema.example ?? 0) !== 0,
        )
        .map(({ name }) => `${path}?${name}`),
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
  parameters?: { name: string; required?: boolean; schema: Property }[];
  responses: Record<string, { content?: Record<string, Content> }>;
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, Property>; required?: string[] }> };
}

/** A field that refers to another schema is told there. */
const isTold = ({ description, example, default: fallback, $ref, allOf, items, type }: Property): boolean => {
  if ($ref ?? allOf ?? items?.$ref) return true;
  return (
    (description !== undefined || example !== undefined) &&
    (example !== undefined || fallback !== undefined || type === 'object' || type === 'array')
  );
};
