import { ResponseChecker } from './response-checks.js';

const user = { type: 'object', properties: { id: { type: 'string', example: 'mia' } }, required: ['id'] };
const chat = {
  type: 'object',
  properties: {
    owner: { nullable: true, allOf: [{ $ref: '#/components/schemas/User' }] },
    data: { type: 'object', additionalProperties: { type: 'string' } },
  },
};
const ok = (name: string) => ({
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
});

const checker = new ResponseChecker({
  shop: {
    paths: {
      '/v1/users/{id}': { get: { responses: { 200: ok('User') } }, delete: { responses: { 200: {} } } },
      '/v1/users/own': { get: { responses: { 200: ok('Chat') } } },
      '/v1/events': { get: { responses: { 200: { content: { 'text/event-stream': {} } } } } },
    },
    components: { schemas: { User: user, Chat: chat } },
  },
});

const JSON_TYPE = 'application/json';

describe('the check of responses', () => {
  it.each<[string, ...Parameters<ResponseChecker['findProblem']>]>([
    ['a documented response', 'GET', '/v1/users/mia', 200, JSON_TYPE, '{"id":"mia"}'],
    ['its head', 'HEAD', '/v1/users/mia', 200, JSON_TYPE],
    ['a reference that is null', 'GET', '/v1/users/own', 200, JSON_TYPE, '{"owner":null}'],
    ['a field of a map', 'GET', '/v1/users/own', 200, JSON_TYPE, '{"data":{"any":"text"}}'],
    ['a stream', 'GET', '/v1/events', 200, 'text/event-stream'],
    ['an unknown path', 'GET', '/v1/nothing', 404, JSON_TYPE, '{}'],
    ['a path of no document', 'GET', '/health/live', 200, JSON_TYPE, '{}'],
    ['a preflight request', 'OPTIONS', '/v1/users/mia', 204, ''],
  ])('accepts %s', (_case, ...response) => {
    expect(checker.findProblem(...response)).toBeUndefined();
  });

  it.each<[string, RegExp, ...Parameters<ResponseChecker['findProblem']>]>([
    [
      'an undocumented field',
      /must NOT have additional/,
      'GET',
      '/v1/users/mia',
      200,
      JSON_TYPE,
      '{"id":"mia","age":9}',
    ],
    [
      'one in a referenced schema',
      /^GET.*\/owner must NOT/,
      'GET',
      '/v1/users/own',
      200,
      JSON_TYPE,
      '{"owner":{"id":"a","b":1}}',
    ],
    ['a missing field', /must have required property 'id'/, 'GET', '/v1/users/mia', 200, JSON_TYPE, '{}'],
    ['a value of another type', /\/id must be string/, 'GET', '/v1/users/mia', 200, JSON_TYPE, '{"id":1}'],
    ['an undocumented status', /201 is not documented/, 'GET', '/v1/users/mia', 201, JSON_TYPE, '{}'],
    ['an undocumented route', /POST .* is not documented/, 'POST', '/v1/users/mia', 200, JSON_TYPE, '{}'],
    ['an undocumented type', /undocumented type text\/html/, 'GET', '/v1/users/mia', 200, 'text/html'],
    ['an undocumented body', /undocumented body/, 'DELETE', '/v1/users/mia', 200, JSON_TYPE, '{}'],
  ])('finds %s', (_case, problem, ...response) => {
    expect(checker.findProblem(...response)).toMatch(problem);
  });
});
