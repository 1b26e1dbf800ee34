import { Transform } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { ClientValidationPipe } from './client-validation.pipe.js';
import { isHttpUrl } from './http-url.decorator.js';
import { MaxBytes } from './max-bytes.decorator.js';

class SampleDto {
  @MaxBytes(4, { message: 'too long' })
  @IsString()
  @IsNotEmpty({ message: 'empty' })
  name: string;

  @IsString()
  @IsOptional()
  note?: string;

  @Transform(({ value }) => Number(value))
  count = 7;

  @IsString({ each: true })
  tags: string[] = [];
}

describe('ClientValidationPipe', () => {
  const pipe = new ClientValidationPipe();
  const check = (value: unknown, type: 'body' | 'query' = 'body') =>
    pipe.transform(value, { type, metatype: SampleDto }) as SampleDto;
  const fault = (code: string, fields: object = {}) => expect.objectContaining({ status: 400, code, ...fields });

  it('creates the DTO with defaults and without unknown fields', () => {
    const dto = check({ name: 'é', tags: ['x'], other: 1, then: {}, hasOwnProperty: 1 });
    expect(dto).toBeInstanceOf(SampleDto);
    expect({ ...dto }).toEqual({ name: 'é', count: 7, tags: ['x'] });
  });

  it('treats null as absent', () => {
    expect({ ...check({ name: 'x', note: null, tags: null }) }).toEqual({ name: 'x', count: 7, tags: [] });
  });

  it.each([
    [{}, 'empty'],
    [{ name: '' }, 'empty'],
    [{ name: 5 }, 'name must be a string'],
    [{ name: 'ééé' }, 'too long'],
    [{ name: 5, note: 5 }, 'name must be a string'],
  ])('reports the first invalid field of %j', (body, message) => {
    expect(() => check(body)).toThrow(fault('invalid_field', { message, field: 'name' }));
  });

  it.each([[null], [[]], ['x'], [42], [true]])('rejects the body %j', (body) => {
    expect(() => check(body)).toThrow(fault('body_must_be_object'));
  });

  it('requires a body', () => {
    expect(() => check(undefined)).toThrow(fault('body_required'));
  });

  it('ignores values without a DTO', () => {
    expect(pipe.transform('x', { type: 'param', metatype: String })).toBe('x');
    expect(pipe.transform(undefined, { type: 'custom', metatype: SampleDto })).toBe(undefined);
  });
});

describe('isHttpUrl', () => {
  it.each(['http://a', 'https://example.com/x?y=1', 'HTTPS://example.com:8443', 'http://127.0.0.1:1', 'http://[::1]/'])(
    'accepts %s',
    (url) => expect(isHttpUrl(url)).toBe(true),
  );

  it.each([
    '',
    'a',
    '%zz',
    'http:',
    'http://',
    'http:///x',
    'http:x',
    '//x',
    'ftp://x',
    'javascript:alert(1)',
    ' http://x',
    'http://x\n',
    'http://\\x',
    'http://u@x',
    'http://:p@x',
    'http://x#y',
    'http://x:99999',
    'http://a b',
    'http://%zz',
    5,
  ])('refuses %j', (url) => expect(isHttpUrl(url)).toBe(false));
});
