import { hasMoreValuesThan, isNestedDeeperThan, locateJsonFault } from './json-syntax.js';

describe('isNestedDeeperThan', () => {
  it.each([
    ['[[1]]', 1, true],
    ['[[1]]', 2, false],
    ['[[1],[2],[3]]', 2, false],
    ['{"a":{"b":[]}}', 2, true],
    ['["[[[["]', 1, false],
    ['["\\"[[[["]', 1, false],
    ['["\\\\",[]]', 1, true],
    ['"unterminated [[[', 0, false],
    ['', 0, false],
  ])('%s with a limit of %d: %s', (json, limit, expected) => {
    expect(isNestedDeeperThan(limit, json)).toBe(expected);
  });

  it('detects hostile nesting within milliseconds, closed or not', () => {
    const open = '['.repeat(20_000);
    const startedAt = performance.now();
    expect(isNestedDeeperThan(64, open)).toBe(true);
    expect(isNestedDeeperThan(64, open + ']'.repeat(20_000))).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(50);
  });
});

describe('hasMoreValuesThan', () => {
  it.each([
    ['[1,2,3]', 2, false],
    ['[1,2,3]', 1, true],
    ['{"a":[1,2],"b":3}', 1, true],
    ['["a,b,c","d\\",e"]', 1, false],
    ['1,"2,', 0, true],
    ['"unterminated ,,,', 0, false],
  ])('%s with a limit of %d: %s', (json, limit, expected) => {
    expect(hasMoreValuesThan(limit, json)).toBe(expected);
  });
});

describe('locateJsonFault', () => {
  it.each([
    ['', 0],
    ['{', 1],
    ['{"a"', 4],
    ['{"a":', 5],
    ['{"a":1', 6],
    ['[1, 2', 5],
    ['{a:1}', 1],
    ['{"a":x}', 5],
    ['{"a" 1}', 5],
    ['{"a":1,}', 7],
    ['{"a":1 "b":2}', 7],
    ['[1,]', 3],
    ['[,1]', 1],
    ['[1}', 2],
    ['[1]]', 3],
    ['{"a":1}x', 7],
    ['1 2', 2],
    ['01', 1],
    ['nul', 0],
    ["'a'", 0],
    ['["a\nb"]', 1],
    ['["\\x"]', 1],
    ['["cut', 1],
    ['{"a":1}}', 7],
    [',', 0],
  ])('%j at %d', (json, position) => {
    expect(() => JSON.parse(json)).toThrow(SyntaxError);
    expect(locateJsonFault(json)).toBe(position);
  });

  it.each(['{"a":[1,-2.5e+3,true,false,null,"\\u00e4 \\" {"],"b":{}} ', ' [ ] ', '"x"', '-0.1E5'])(
    'finds none in %j',
    (json) => {
      expect(() => JSON.parse(json)).not.toThrow();
      expect(locateJsonFault(json)).toBe(json.length);
    },
  );

  it('is linear for a long unterminated string', () => {
    const startedAt = performance.now();
    expect(locateJsonFault(`"${'a'.repeat(262_000)}`)).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(50);
  });
});
