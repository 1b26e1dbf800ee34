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
  it('leaves one item too many, so that the list is still refused', () => {
    expect(clipList(Thing, 'few', [1, 2, 3, 4])).toEqual([1, 2, 3]);
    expect(clipList(Derived, 'few', [1, 2, 3, 4])).toEqual([1, 2, 3]);
  });

  it('leaves alone what is no list, is short enough, or has no limit', () => {
    expect(clipList(Thing, 'few', 'text')).toBe('text');
    expect(clipList(Thing, 'few', [1, 2])).toEqual([1, 2]);
    expect(clipList(Thing, 'many', [1, 2, 3, 4])).toHaveLength(4);
    expect(clipList(Thing, 'unknown', [1, 2, 3, 4])).toHaveLength(4);
  });
});
