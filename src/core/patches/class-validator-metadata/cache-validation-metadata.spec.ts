import { getMetadataStorage, IsInt, IsString, MaxLength, validateSync } from 'class-validator';
import { cacheValidationMetadata } from './cache-validation-metadata.js';

class Base {
  @IsString()
  @MaxLength(3)
  name: unknown = 'abc';
}

class Derived extends Base {
  @IsInt()
  age: unknown = 1;
}

const faultsOf = (value: object): Record<string, string>[] =>
  validateSync(value).map(({ constraints = {} }) => constraints);

describe('cacheValidationMetadata', () => {
  it('does not change the result of a validation', () => {
    const good = new Derived();
    const bad = Object.assign(new Derived(), { name: 'too long', age: 'old' });
    const before = [faultsOf(good), faultsOf(bad), faultsOf(Object.assign(new Base(), { name: 4 }))];
    cacheValidationMetadata();
    for (let round = 0; round < 2; round++) {
      expect([faultsOf(good), faultsOf(bad), faultsOf(Object.assign(new Base(), { name: 4 }))]).toEqual(before);
    }
    expect(before[1]).toHaveLength(2);
  });

  it('collects the metadata of a class once', () => {
    cacheValidationMetadata();
    const rules = () => getMetadataStorage().getTargetValidationMetadatas(Derived, '', false, false);
    expect(rules()).toBe(rules());
    expect(rules().map(({ propertyName }) => propertyName)).toEqual(expect.arrayContaining(['name', 'age']));
  });
});
