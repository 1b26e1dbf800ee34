import { testSettings } from '../../../../test/support/settings.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import type { MessagesService } from '../../messages/index.js';
import { HEALTHY, type Health } from '../circuit.js';
import type { EndpointHealthRepository } from '../endpoint-health.repository.js';
import type { TransportResult } from '../transport.js';
import { AwayNotes } from './away-notes.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { EndpointPulse } from './endpoint-pulse.js';

const endpoint = { id: 'endpoint', botId: 'bot', format: 'client' } as BotEndpointEntity;
/** An answer 429, which may ask for so many seconds of peace. */
const refusal = (retryAfter?: string) =>
  ({
    delivered: false,
    httpStatus: 429,
    errorCode: 'http_429',
    timedOut: false,
    durationMs: 5,
    retryAfter,
  }) as TransportResult;

/** What is decided in this process with times of the database, whose clock goes before or after. */
describe.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('A circuit whose database has its clock %s', (_where, leadMs) => {
  const settings = testSettings({ DELIVERY_AWAY_NOTE_AFTER: 30, DELIVERY_AWAY_NOTE_FORMATS: ['client'] });
  const send = jest.fn().mockResolvedValue(undefined);
  const notes = new AwayNotes({ send } as unknown as MessagesService, settings);
  const lane = { endpointId: endpoint.id, chatId: 'chat' };
  let health: Health;
  let circuit: CircuitBreaker;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_800_000_000_000, doNotFake: ['nextTick', 'queueMicrotask'] });
    health = HEALTHY;
    const databaseNow = () => Date.now() + leadMs;
    const repository: Partial<EndpointHealthRepository> = {
      change: async (_id, _botId, decide) => {
        const step = decide(health, databaseNow());
        ({ health } = step);
        return step;
      },
      troubled: async () => {
        const { state, isPaused, ramp, failingSince, blockedUntil } = health;
        const blockedMs = Math.max((blockedUntil?.getTime() ?? 0) - databaseNow(), 0);
        const failingMs = databaseNow() - failingSince!.getTime();
        return [{ endpointId: endpoint.id, state, isPaused, ramp, failingSince, blockedMs, failingMs }];
      },
    };
    circuit = new CircuitBreaker(repository as EndpointHealthRepository, new EndpointPulse(), settings);
  });
  afterEach(() => void jest.useRealTimers());

  it.each([
    ['as it has learnt itself', async () => undefined],
    ['as it has read', () => circuit.refresh()],
  ])('leaves an endpoint alone for as long as it asks, %s', async (_how, learn) => {
    await circuit.failed(endpoint, refusal('5'), false);
    await learn();
    jest.advanceTimersByTime(4900);
    expect(await circuit.admit(endpoint.id)).toBe('blocked');
    jest.advanceTimersByTime(200);
    expect(await circuit.admit(endpoint.id)).toBe('go');
  });

  it.each([
    ['as it has learnt itself', async () => undefined],
    ['as it has read', () => circuit.refresh()],
  ])('has people told that their bot is away when it has been for long, %s', async (_how, learn) => {
    await circuit.failed(endpoint, refusal(), false);
    await learn();
    jest.advanceTimersByTime(29_000);
    expect(notes.isDue(lane, circuit.outageOf(endpoint.id)!)).toBe(false);
    jest.advanceTimersByTime(2000);
    expect(notes.isDue(lane, circuit.outageOf(endpoint.id)!)).toBe(true);
  });
});
