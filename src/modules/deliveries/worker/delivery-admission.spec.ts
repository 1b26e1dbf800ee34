import { DeliverySettings } from '../deliveries.settings.js';
import type { SubscriptionLeases, Lease } from '../subscription-leases.js';
import { type CircuitBreaker, EndpointStats } from './circuit-breaker.js';
import { DeliveryAdmission } from './delivery-admission.js';
import type { OutageNotices } from './outage-notices.js';

describe('DeliveryAdmission', () => {
  let stats: EndpointStats;
  let admission: DeliveryAdmission;

  beforeEach(() => {
    stats = new EndpointStats();
    admission = new DeliveryAdmission(
      {} as CircuitBreaker,
      stats,
      {} as SubscriptionLeases,
      {} as OutageNotices,
      Object.assign(new DeliverySettings(), { DELIVERY_CONCURRENCY_PER_BOT: 16 }),
    );
  });

  const calls = (...durations: number[]) => durations.forEach((durationMs) => stats.observe('bot', durationMs, true));
  const claim = (...attempts: number[]) =>
    admission.recordClaimed(
      'bot',
      attempts.map((headAttempts) => ({ headAttempts }) as Lease),
    );

  it('serves an endpoint that takes three seconds in the slots of slow ones', () => {
    expect(admission.poolOf('bot')).toBe('fast');
    calls(3000);
    expect(admission.poolOf('bot')).toBe('slow');
    expect(admission.poolOf('another')).toBe('fast');
  });

  it('serves an endpoint that was slow once in the slots of fast ones, until it is slow again', () => {
    calls(3000, 100);
    expect(admission.poolOf('bot')).toBe('fast');
    calls(4000);
    expect(admission.poolOf('bot')).toBe('slow');
  });

  it('serves an endpoint in the slots of fast ones once its last twenty calls were fast', () => {
    calls(4000, 4000, ...Array.from({ length: 20 }, () => 10));
    expect(admission.poolOf('bot')).toBe('fast');
  });

  it('serves an endpoint with nothing but entries that have failed three times in the slots of late ones', () => {
    claim(3, 7);
    expect(admission.poolOf('bot')).toBe('late');
    claim(3, 2);
    expect(admission.poolOf('bot')).toBe('fast');
  });

  it('serves a late endpoint in the slots of fast ones again when an entry has come through', () => {
    claim(5);
    stats.observe('bot', 10, false);
    expect(admission.poolOf('bot')).toBe('late');
    stats.observe('bot', 10, true);
    expect(admission.poolOf('bot')).toBe('fast');
  });

  it('serves fewer subscriptions of an endpoint that is being led back', () => {
    expect(admission.maxLeases('bot')).toBe(16);
    stats.setRamp('bot', 2);
    expect(admission.maxLeases('bot')).toBe(2);
    stats.setRamp('bot', 100);
    expect(admission.maxLeases('bot')).toBe(16);
  });
});
