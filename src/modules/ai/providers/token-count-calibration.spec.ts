import { Logger } from '@nestjs/common';
import type { ModelTarget } from './model.types.js';
import { TokenCountCalibration } from './token-count-calibration.js';
import type { TokenCountCalibrationsRepository } from './token-count-calibrations.repository.js';

const target = { baseUrl: 'http://models', model: 'm' } as ModelTarget;

describe('TokenCountCalibration', () => {
  const read = jest.fn(() => Promise.resolve<number | undefined>(undefined));
  const update = jest.fn((_url: string, _model: string, observed: number) => Promise.resolve(observed));
  const make = () => new TokenCountCalibration({ read, update } as unknown as TokenCountCalibrationsRepository);

  beforeEach(() => jest.clearAllMocks());

  it('learns factors between 1 and 3 from the usage that a server reports', async () => {
    const factors = make();
    expect(await factors.getFactor(target)).toBe(1);
    await factors.update(target, 1000, 1500);
    expect(await factors.getFactor(target)).toBe(1.5);
    await factors.update(target, 1000, 90_000);
    expect(update.mock.calls.map(([, , observed]) => observed)).toEqual([1.5, 3]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a short prompt', 150, 300],
    ['a server with lower counts', 1000, 50],
    ['a small difference', 1000, 1040],
  ])('stores nothing for %s', async (_case, counted, reported) => {
    await make().update(target, counted, reported);
    expect(update).not.toHaveBeenCalled();
  });

  it('does not fail when the database is unavailable', async () => {
    read.mockRejectedValueOnce(new Error('away'));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await expect(make().update(target, 1000, 1500)).resolves.toBeUndefined();
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
