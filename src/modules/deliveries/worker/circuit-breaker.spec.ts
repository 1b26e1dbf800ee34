import { testSettings } from '../../../../test/support/settings.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import type { MessagesService } from '../../messages/index.js';
import { HEALTHY, type Health } from '../circuit.js';
import type { EndpointHealthRepository } from '../endpoint-health.repository.js';
import type { TransportResult } from '../transport.js';
import { BotUnavailableNotices } from './outage-notices.js';
import { CircuitBreaker, EndpointStats } from './circuit-breaker.js';

const endpoint = { id: 'endpoint', botId: 'bot', format: 'client' } as BotEndpointEntity;
/** A response 429, optionally with `Retry-After` in seconds. */
const rejection = (retryAfter?: string) =>
  ({
    delivered: false,
    httpStatus: 429,
    errorCode: 'http_429',
    timedOut: false,
    durationMs: 5,
    retryAfter,
  }) as TransportResult;

/** Decisions in this process by times of a database whose clock differs. */
describe.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('CircuitBreaker with the clock of the database %s', (_where, leadMs) => {
  const settings = testSettings({ DELIVERY_AWAY_NOTE_AFTER: 30, DELIVERY_AWAY_NOTE_FORMATS: ['client'] });
  const send = jest.fn().mockResolvedValue(undefined);
  const notices = new BotUnavailableNotices({ send } as unknown as MessagesService, settings);
  const subscription = { endpointId: endpoint.id, chatId: 'chat' };
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
      findUnhealthy: async () => {
        const { state, isPaused, ramp, failingSince, blockedUntil } = health;
        const blockedMs = Math.max((blockedUntil?.getTime() ?? 0) - databaseNow(), 0);
        const failingMs = databaseNow() - failingSince!.getTime();
        return [{ endpointId: endpoint.id, state, isPaused, ramp, failingSince, blockedMs, failingMs }];
      },
    };
    circuit = new CircuitBreaker(repository as EndpointHealthRepository, new EndpointStats(), settings);
  });
  afterEach(() => void jest.useRealTimers());

  it.each([
    ['after its own call', async () => undefined],
    ['after a refresh', () => circuit.refresh()],
  ])('blocks an endpoint for the time in Retry-After, %s', async (_how, update) => {
    await circuit.recordFailure(endpoint, rejection('5'), false);
    await update();
    jest.advanceTimersByTime(4900);
    expect(await circuit.admit(endpoint.id)).toBe('blocked');
    jest.advanceTimersByTime(200);
    expect(await circuit.admit(endpoint.id)).toBe('go');
  });

  it.each([
    ['after its own call', async () => undefined],
    ['after a refresh', () => circuit.refresh()],
  ])('makes an outage notice due only after a long outage, %s', async (_how, update) => {
    await circuit.recordFailure(endpoint, rejection(), false);
    await update();
    jest.advanceTimersByTime(29_000);
    expect(notices.isDue(subscription, circuit.outageOf(endpoint.id)!)).toBe(false);
    jest.advanceTimersByTime(2000);
    expect(notices.isDue(subscription, circuit.outageOf(endpoint.id)!)).toBe(true);
  });
});
