import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { TextFields } from './platform-text.js';
import { PlatformValidationPipe } from './platform-validation.pipe.js';

class InnerDto {
  @IsString()
  name: string;
}

class OuterDto {
  @IsString()
  @MaxLength(3)
  text: string;

  @IsOptional()
  @IsBoolean()
  flag?: boolean = true;

  @IsOptional()
  @IsInt()
  @Min(1)
  count?: number;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  list?: string[];

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => InnerDto)
  inner?: InnerDto;
}

const read = (value: unknown, type: 'body' | 'query' = 'body') =>
  new PlatformValidationPipe().transform(value, { type, metatype: OuterDto });

describe('a JSON body', () => {
  it('keeps known fields, applies defaults to absent and null ones, drops the rest', () => {
    expect(read({ text: 'abc', flag: null, count: null, isAdmin: true, inner: { name: 'n', extra: 1 } })).toEqual(
      Object.assign(new OuterDto(), { text: 'abc', flag: true, inner: { name: 'n' } }),
    );
  });

  it('does not convert text', () => {
    expect(() => read({ text: 'abc', flag: 'true' })).toThrow('flag must be a boolean value.');
  });

  it.each([
    [{}, 400105, 'text must be required.'],
    [{ text: 1 }, 400100, 'text must be a string.'],
    [{ text: 'abcd' }, 400110, 'text must be shorter than or equal to 3 characters.'],
    [{ text: 'a', count: -1 }, 400113, 'count must not be less than 1.'],
    [{ text: 'a', list: [1] }, 400100, 'each value in list must be a string.'],
    [{ text: 'a', inner: {} }, 400105, 'inner.name must be required.'],
    [{ text: 'a', inner: { name: 5 } }, 400100, 'inner.name must be a string.'],
    [undefined, 400402, 'A JSON body is required.'],
    [null, 400103, 'The body must be a JSON object.'],
    [[], 400103, 'The body must be a JSON object.'],
  ])('refuses %j', (body, code, message) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code, message, status: 400 }));
  });
});

describe('text fields', () => {
  it.each([
    [{ flag: 'True' }, { flag: true }],
    [{ flag: 'false' }, { flag: false }],
    [{ flag: '' }, { flag: true }],
    [{ count: '12' }, { count: 12 }],
    [{ count: '' }, {}],
    [{ list: 'a, b' }, { list: ['a', 'b'] }],
    [{ list: ['a', 'b'] }, { list: ['a', 'b'] }],
    [{ list: '["a,b"]' }, { list: ['a,b'] }],
    [{ list: '[a' }, { list: ['[a'] }],
    [{ list: '[object Object]' }, { list: [] }],
    [{ list: '' }, {}],
    [{ inner: '{"name":"n"}' }, { inner: { name: 'n' } }],
  ])('are read as what they shall be: %j', (fields, expected) => {
    const dto = Object.assign(new OuterDto(), { text: '1', ...expected });
    expect(read(new TextFields({ text: '1', ...fields }))).toEqual(dto);
    expect(read({ text: '1', ...fields }, 'query')).toEqual(dto);
  });

  it.each([
    [{ flag: 'maybe' }, 400104],
    [{ count: '1e3' }, 400101],
    [{ count: ' 1' }, 400101],
    [{ count: ['1', '2'] }, 400101],
    [{ count: '-1' }, 400106],
    [{ count: '0' }, 400113],
    [{ inner: '{' }, 400103],
    [{ text: ['a', 'b'] }, 400100],
  ])('stay as they are if they cannot be read, and are refused: %j', (fields, code) => {
    expect(() => read({ text: 'a', ...fields }, 'query')).toThrow(expect.objectContaining({ code }));
  });
});

it('ignores path parameters', () => {
  expect(new PlatformValidationPipe().transform('x', { type: 'param', metatype: String, data: 'id' })).toBe('x');
});
