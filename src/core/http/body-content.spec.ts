import { parseFormBody, parseJsonBody } from './body-content.js';
import { BodyError } from './http-input.error.js';

const json = (text: string) => parseJsonBody(Buffer.from(text));
const form = (text: string) => parseFormBody(Buffer.from(text));

function faultOf(parse: () => unknown): BodyError {
  try {
    parse();
  } catch (error) {
    if (error instanceof BodyError) return error;
    throw error;
  }
  throw new Error('The body was accepted.');
}

describe('parseJsonBody', () => {
  it.each(['{"a":[1,"ä","😀"]}', 'null', '[]', '"x"', '42', '"\\ud83d\\ude00 \\u00e4"'])('accepts %s', (text) => {
    expect(json(text)).toEqual(JSON.parse(text));
  });

  it('uses the last of two equal keys', () => {
    expect(json('{"message":"a","message":"b"}')).toEqual({ message: 'b' });
  });

  it('ignores a byte order mark', () => {
    expect(json('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it.each([
    ['{"a":{"b":["x","\\u0000"]}}', 'null_character_not_allowed', 'a.b[1]'],
    ['{"users":[{"name":"\\ud800"}]}', 'invalid_unicode', 'users[0].name'],
    ['{"a":{"\\ud800":1}}', 'invalid_unicode', 'a.\ufffd'],
    ['"\\u0000"', 'null_character_not_allowed', undefined],
    ['{"__proto__":{"isAdmin":true}}', 'unknown_field', '__proto__'],
    ['{"\\u005f_proto__":{"isAdmin":true}}', 'unknown_field', '__proto__'],
    ['{"data":{"constructor":{"prototype":{}}}}', 'unknown_field', 'data.constructor'],
  ])('refuses %s as %s in %s', (text, code, field) => {
    expect(faultOf(() => json(text))).toMatchObject({ status: 400, code, field });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('reports the position of the fault without the text', () => {
    expect(faultOf(() => json('{"secret":"s3cr3t",x}'))).toMatchObject({
      code: 'invalid_json',
      message: 'The body is not valid JSON: unexpected text at position 19.',
    });
    expect(faultOf(() => json('{')).message).toBe('The body is not valid JSON: it ends too early at position 1.');
  });

  it('limits the depth to 64', () => {
    expect(json('['.repeat(64) + ']'.repeat(64))).toHaveLength(1);
    expect(faultOf(() => json('['.repeat(65) + ']'.repeat(65))).code).toBe('json_too_deep');
  });

  it('limits keys and items to 5,000 in the whole body', () => {
    const objects = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ a: 1, b: 2 })));
    expect(json(objects(2500))).toHaveLength(2500);
    expect(faultOf(() => json(objects(2501))).code).toBe('too_many_keys');
  });

  it('rejects bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(faultOf(() => parseJsonBody(bytes)).code).toBe('invalid_utf8');
  });
});

describe('parseFormBody', () => {
  it('parses names, values and repeated names', () => {
    expect(form('nickname=J%C3%B6rg+B&tag=1&tag=2')).toEqual({ nickname: 'Jörg B', tag: ['1', '2'] });
  });

  it.each([
    ['a=%zz', 'invalid_form'],
    ['a=%c0%ae', 'invalid_form'],
    ['a=%00', 'null_character_not_allowed'],
    ['__proto__=1', 'unknown_field'],
    [Array.from({ length: 10_001 }, (_, i) => `k${i}=1`).join('&'), 'too_many_keys'],
  ])('refuses a form that cannot be taken, %#', (text, code) => {
    expect(faultOf(() => form(text)).code).toBe(code);
  });
});
