import { type ArgumentsHost, Logger, NotFoundException } from '@nestjs/common';
import { DomainError, type ErrorKind } from '../../core/errors/domain.error.js';
import { BodyError, HttpInputError } from '../../core/http/http-input.error.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { PlatformErrorFilter } from './platform-error.filter.js';
import { PlatformError } from './platform.error.js';

function answerTo(error: unknown, headersSent = false) {
  const response = {
    headersSent,
    status: jest.fn().mockReturnThis(),
    json: jest.fn(),
    end: jest.fn(),
  };
  const host = { switchToHttp: () => ({ getResponse: () => response }) } as unknown as ArgumentsHost;
  new PlatformErrorFilter().catch(error, host);
  return {
    status: response.status.mock.calls[0]?.[0],
    body: response.json.mock.calls[0]?.[0],
    ended: response.end.mock.calls.length,
  };
}

const domainError = (kind: ErrorKind, code = 'some.code', details = {}) =>
  new DomainError(kind, code, 'In words.', details);

it.each<[ErrorKind, number, number]>([
  ['invalid', 400, 400111],
  ['unauthenticated', 400, 400401],
  ['forbidden', 400, 400108],
  ['not_found', 400, 400201],
  ['conflict', 400, 400202],
  ['rate_limited', 429, 500910],
  ['unavailable', 503, 500901],
])('answers %s with status %i and code %i', (kind, status, code) => {
  expect(answerTo(domainError(kind))).toMatchObject({ status, body: { error: true, code, message: 'In words.' } });
});

it.each([
  [domainError('not_found', 'user.not_found'), 400201, '"User" not found.'],
  [domainError('not_found', 'chat.not_found'), 400201, '"Channel" not found.'],
  [
    domainError('conflict', 'user.exists', { id: 'mia' }),
    400202,
    '"user_id" violates unique constraint: mia exists already.',
  ],
  [
    domainError('forbidden', 'chat.not_member', { userId: 'mia' }),
    400108,
    'Not authorized. "mia" is not a member of the channel.',
  ],
  [domainError('invalid', 'message.body_too_long'), 400110, 'In words.'],
])('words %s as the service does', (error, code, message) => {
  expect(answerTo(error).body).toEqual({ error: true, code, message });
});

it.each([
  [new BodyError(400, 'invalid_json', 'Not JSON.'), 400, 400403],
  [new BodyError(413, 'payload_too_large', 'Too large.'), 413, 400110],
  [new HttpInputError(405, 'method_not_allowed', 'No.'), 405, 400404],
  [new NotFoundException('Cannot GET /v3/x'), 400, 400404],
  [new PlatformError(PLATFORM_CODES.tooMany, 'Too many.'), 400, 400203],
])('answers %s', (error, status, code) => {
  expect(answerTo(error)).toMatchObject({ status, body: { error: true, code } });
});

it('returns only the logged id of an unexpected error', () => {
  const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  const { status, body } = answerTo(new Error('password is 1234'));
  expect([status, body.code]).toEqual([500, 500901]);
  expect(body.message).not.toContain('1234');
  const id = /log is (\S+)\.$/.exec(body.message as string)![1];
  expect(log).toHaveBeenCalledWith(expect.stringContaining(id), expect.stringContaining('password is 1234'));
  log.mockRestore();
});

it('does not start a second response', () => {
  expect(answerTo(domainError('invalid'), true)).toEqual({ status: undefined, body: undefined, ended: 1 });
});
