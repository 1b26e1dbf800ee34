import { type ArgumentsHost, Logger, NotFoundException } from '@nestjs/common';
import { runInContext } from '../../core/context/request-context.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { BodyError } from '../../core/http/http-input.error.js';
import { ClientErrorFilter } from './client-error.filter.js';

function answerTo(error: unknown, { actor, headersSent = false }: { actor?: object; headersSent?: boolean } = {}) {
  const answer: { status?: number; body?: unknown; ended?: boolean } = {};
  const response = {
    headersSent,
    status: (status: number) => ((answer.status = status), response),
    json: (body: unknown) => void (answer.body = JSON.parse(JSON.stringify(body))),
    end: () => void (answer.ended = true),
  };
  const http = { getRequest: () => ({ method: 'GET', path: '/x', actor }), getResponse: () => response };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  runInContext({ requestId: 'r-1' }, () => new ClientErrorFilter().catch(error, host));
  return answer;
}

describe('ClientErrorFilter', () => {
  it.each([
    ['invalid', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['rate_limited', 429],
    ['unavailable', 503],
  ] as const)('answers an error of the kind %s with %i', (kind, status) => {
    const error = new DomainError(kind, 'some.code', 'Some words.', { field: 'name', secret: 'x' });
    const body = { message: 'Some words.', code: 'some.code', field: 'name', request_id: 'r-1' };
    expect(answerTo(error)).toEqual({ status, body });
  });

  it.each<[DomainError, object | undefined, number, string]>([
    [new DomainError('not_found', 'bot.not_found', '', { id: 'x' }), undefined, 404, 'Bot not found.'],
    [new DomainError('conflict', 'bot.name_taken', ''), undefined, 400, 'Bot with this name already exists.'],
    [
      new DomainError('forbidden', 'chat.not_member', ''),
      { kind: 'user' },
      403,
      'Chat is not related to current user.',
    ],
    [new DomainError('forbidden', 'chat.not_member', ''), { kind: 'bot' }, 403, 'Chat is not related to current bot.'],
    [
      new DomainError('invalid', 'chat.too_many', '', { limit: 7 }),
      undefined,
      400,
      'Cannot create more than 7 chat rooms with the same bot.',
    ],
    [
      new DomainError('invalid', 'message.body_too_long', '', { limit: 5 }),
      undefined,
      400,
      'maximum allowed body length is 5 characters',
    ],
  ])('speaks the words of the contract: %#', (error, actor, status, message) => {
    expect(answerTo(error, { actor })).toMatchObject({ status, body: { message, code: error.code } });
  });

  it('renders input errors', () => {
    const tooLarge = new BodyError(413, 'payload_too_large', 'Too large.');
    expect(answerTo(tooLarge)).toMatchObject({
      status: 413,
      body: { message: 'Too large.', code: 'payload_too_large' },
    });
    const otherType = new BodyError(415, 'unsupported_media_type', 'Must be JSON.');
    expect(answerTo(otherType)).toMatchObject({ status: 400, body: { message: 'Unprocessable Entity' } });
  });

  it('renders errors of Nest', () => {
    const body = { message: 'Cannot POST /x', code: 'not_found', request_id: 'r-1' };
    expect(answerTo(new NotFoundException('Cannot POST /x'))).toEqual({ status: 404, body });
  });

  it('returns only the logged id of an unexpected error', () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    for (const error of [new Error('select secret from table'), 'a string', undefined]) {
      const { status, body } = answerTo(error);
      expect(status).toBe(500);
      const errorId = (body as { errorId: string }).errorId;
      expect(body).toEqual({ message: 'Internal Server Error', code: 'internal_error', errorId, request_id: 'r-1' });
      expect(log).toHaveBeenLastCalledWith(expect.stringContaining(errorId), expect.any(String));
    }
    log.mockRestore();
  });

  it('ends a response that has started', () => {
    expect(answerTo(new NotFoundException(), { headersSent: true })).toEqual({ ended: true });
  });
});
