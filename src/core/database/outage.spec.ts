import { Logger } from '@nestjs/common';
import { type DomainError } from '../errors/domain.error.js';
import { ConnectionLostError } from './database.js';
import { isOutage, toOutageError } from './outage.js';

const withCode = (code: string) => Object.assign(new Error('some words'), { code });

const OUTAGES: unknown[] = [
  new ConnectionLostError(new Error('gone')),
  withCode('57P01'), // the server is shut down
  withCode('25006'), // the server has become a standby
  withCode('57014'), // a statement took too long
  withCode('53100'), // its disk is full
  withCode('55P03'), // a lock was not acquired
  withCode('ECONNREFUSED'),
  new Error('Query read timeout'),
  new Error('timeout exceeded when trying to connect'),
];
const FAULTS: unknown[] = [withCode('23505'), new TypeError('x is not a function'), 'a string', undefined, null];

describe('an outage', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it.each(OUTAGES)('is %s, and is reported as an error that suggests a retry', (error) => {
    expect(isOutage(error)).toBe(true);
    const converted = toOutageError(error) as DomainError;
    expect(converted).toMatchObject({ kind: 'unavailable', code: 'try_again', details: { retryAfterSeconds: 1 } });
    expect(converted.message).not.toContain('words');
  });

  it.each(FAULTS)('is not %s, which is returned unchanged', (error) => {
    expect(isOutage(error)).toBe(false);
    expect(toOutageError(error)).toBe(error);
  });
});
