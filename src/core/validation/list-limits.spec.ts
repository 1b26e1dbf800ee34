import { ArrayMaxSize, IsArray, IsOptional } from 'class-validator';
import { clipList } from './list-limits.js';

class Thing {
  @ArrayMaxSize(2)
  @IsArray()
  few: unknown[];

  @IsArray()
  @IsOptional()
  many: unknown[];
}

class Derived extends Thing {}

describe('clipList', () => {
  it('keeps one item too many, so that the list is still rejected', () => {
    expect(clipList(Thing, 'few', [1, 2, 3, 4])).toEqual([1, 2, 3]);
    expect(clipList(Derived, 'few', [1, 2, 3, 4])).toEqual([1, 2, 3]);
  });

  it('keeps values that are no list, short enough or unlimited', () => {
    expect(clipList(Thing, 'few', 'text')).toBe('text');
    expect(clipList(Thing, 'few', [1, 2])).toEqual([1, 2]);
    expect(clipList(Thing, 'many', [1, 2, 3, 4])).toHaveLength(4);
    expect(clipList(Thing, 'unknown', [1, 2, 3, 4])).toHaveLength(4);
  });
});
