import { Logger } from '@nestjs/common';
import type { ModelTarget } from './model.types.js';
import { TokenFactors } from './token-factors.js';
import type { TokenFactorsRepository } from './token-factors.repository.js';

const target = { baseUrl: 'http://models', model: 'm' } as ModelTarget;

describe('TokenFactors', () => {
  const read = jest.fn(() => Promise.resolve<number | undefined>(undefined));
  const learn = jest.fn((_url: string, _model: string, seen: number) => Promise.resolve(seen));
  const make = () => new TokenFactors({ read, learn } as unknown as TokenFactorsRepository);

  beforeEach(() => jest.clearAllMocks());

  it('are learnt from what a server tells, within reason', async () => {
    const factors = make();
    expect(await factors.of(target)).toBe(1);
    await factors.learn(target, 1000, 1500);
    expect(await factors.of(target)).toBe(1.5);
    await factors.learn(target, 1000, 90_000);
    expect(learn.mock.calls.map(([, , seen]) => seen)).toEqual([1.5, 3]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a short prompt', 150, 300],
    ['a server that counts less', 1000, 50],
    ['what is known already', 1000, 1040],
  ])('are not written down for %s', async (_what, counted, told) => {
    await make().learn(target, counted, told);
    expect(learn).not.toHaveBeenCalled();
  });

  it('cost no answer when the database is away', async () => {
    read.mockRejectedValueOnce(new Error('away'));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await expect(make().learn(target, 1000, 1500)).resolves.toBeUndefined();
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
