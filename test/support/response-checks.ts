import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

const FOLDER = join(__dirname, '../../docs/openapi');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Paths that the documents describe completely. */
const DESCRIBED = /^\/(v1|v3|api|bridge|static|webtools)\//;

type Schema = Record<string, unknown>;
type Responses = Record<string, { content?: Record<string, { schema?: Schema }> }>;

interface OpenApi {
  paths: Record<string, Record<string, { responses: Responses }>>;
  components: { schemas: Record<string, Schema> };
}

interface Operation {
  /** As in the document: `GET /v3/users/{user_id}`. */
  name: string;
  document: string;
  method: string;
  path: RegExp;
  responses: Responses;
}

/**
 * A documented schema in the form of JSON Schema, and strict: an object has no other fields than the documented ones, and `nullable`
 * applies to references as well.
 */
export function strictSchema(value: unknown, document: string): unknown {
  if (Array.isArray(value)) return value.map((item) => strictSchema(item, document));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, example: _example, ...schema } = value as Schema;
  if (typeof schema.$ref === 'string') return { $ref: schema.$ref.replace(/^#/, `${document}#`) };
  const strict: Schema = {};
  for (const [key, part] of Object.entries(schema)) {
    strict[key] =
      key === 'properties'
        ? Object.fromEntries(
            Object.entries(part as Schema).map(([name, field]) => [name, strictSchema(field, document)]),
          )
        : ['enum', 'default'].includes(key)
          ? part
          : strictSchema(part, document);
  }
  if (strict.properties) strict.additionalProperties ??= false;
  return nullable ? { anyOf: [{ type: 'null' }, strict] } : strict;
}

/** Compares responses with the committed OpenAPI documents. */
export class ResponseChecker {
  private readonly ajv = new Ajv({ allErrors: true, strictTypes: false, formats: { int64: true, binary: true } });
  private readonly operations: Operation[] = [];
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(documents: Record<string, OpenApi>) {
    this.ajv.addVocabulary(['components']);
    for (const [document, { paths, components }] of Object.entries(documents)) {
      const schemas = Object.entries(components.schemas).map(([name, schema]) => [
        name,
        strictSchema(schema, document),
      ]);
      this.ajv.addSchema({ $id: document, components: { schemas: Object.fromEntries(schemas) } });
      for (const [path, methods] of Object.entries(paths)) {
        for (const method of METHODS.filter((name) => name in methods)) {
          const name = `${method.toUpperCase()} ${path}`;
          this.operations.push({
            name,
            document,
            method,
            path: pathPattern(path),
            responses: methods[method].responses,
          });
        }
      }
    }
    // A literal path takes precedence over one with parameters.
    this.operations.sort((a, b) => parameterCount(a) - parameterCount(b));
  }

  /**
   * @param mime of the body; empty without one
   * @param body undefined if it was not recorded
   * @returns why the documents do not allow the response
   */
  findProblem(method: string, path: string, status: number, mime: string, body?: string): string | undefined {
    if (status === 431) return undefined; // by the HTTP server, before any route
    const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = this.operations.find((one) => one.method === wanted && one.path.test(path));
    if (!operation)
      return status < 400 && method !== 'OPTIONS' && DESCRIBED.test(path)
        ? `${method} ${path} is not documented`
        : undefined;
    const response = operation.responses[status];
    const where = `${operation.name} ${status}`;
    if (!response) return `${where} is not documented: ${body?.slice(0, 200) ?? mime}`;
    if (method === 'HEAD' || mime === '') return undefined;
    const { content } = response;
    // The survey pages are HTML; requests that are rejected before their route have a JSON body.
    if (path.startsWith('/webtools/')) return undefined;
    if (!content) return mime === 'application/json' ? `${where} has an undocumented body: ${body}` : undefined;
    if (!content[mime]) return `${where} has the undocumented type ${mime}`;
    if (mime !== 'application/json' || body === undefined) return undefined;
    const errors = this.validate(operation, status, content[mime].schema ?? {}, body);
    return errors && `${where}: ${errors} in ${body.slice(0, 500)}`;
  }

  private validate({ name, document }: Operation, status: number, schema: Schema, body: string): string | undefined {
    const key = `${document} ${name} ${status}`;
    let validate = this.validators.get(key);
    if (!validate) this.validators.set(key, (validate = this.ajv.compile(strictSchema(schema, document) as Schema)));
    if (validate(JSON.parse(body))) return undefined;
    return validate
      .errors!.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
      .join('; ');
  }
}

const pathPattern = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`);

const parameterCount = ({ name }: Operation): number => name.split('{').length;

let checker: ResponseChecker | undefined;

function committedChecker(): ResponseChecker {
  const documents = readdirSync(FOLDER).map((file): [string, OpenApi] => [
    file.replace('.json', ''),
    JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as OpenApi,
  ]);
  return (checker ??= new ResponseChecker(Object.fromEntries(documents)));
}

const problems = new Set<string>();

/** Compares all complete responses of a server with the committed OpenAPI documents. `takeProblems` returns the differences. */
export function checkResponses(server: Server): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const [path] = request.url!.split('?');
    const chunks = recordJson(response);
    response.once('finish', () => {
      const mime = mimeOf(response);
      const body = mime === 'application/json' ? Buffer.concat(chunks).toString() : undefined;
      const problem = committedChecker().findProblem(request.method!, path, response.statusCode, mime, body);
      if (problem) problems.add(problem);
    });
  });
}

/** @returns the differences since the last call */
export function takeProblems(): string[] {
  const taken = [...problems];
  problems.clear();
  return taken;
}

const mimeOf = (response: ServerResponse): string =>
  String(response.getHeader('content-type') ?? '')
    .split(';')[0]
    .trim();

/** @returns the chunks of a JSON body, as they are written */
function recordJson(response: ServerResponse): Buffer[] {
  const chunks: Buffer[] = [];
  type Write = (chunk?: unknown, ...rest: unknown[]) => never;
  for (const method of ['write', 'end'] as const) {
    const original = response[method].bind(response) as Write;
    response[method] = ((chunk, ...rest) => {
      const isData = typeof chunk === 'string' || chunk instanceof Uint8Array;
      if (isData && mimeOf(response) === 'application/json') chunks.push(Buffer.from(chunk as string));
      return original(chunk, ...rest);
    }) as Write;
  }
  return chunks;
}
