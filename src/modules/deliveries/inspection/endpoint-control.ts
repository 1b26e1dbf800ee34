import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { type Actor, AuditLogService } from '../../auth/index.js';
import { BotEndpointsService } from '../../bots/index.js';
import type { CircuitEvent, Health } from '../circuit.js';
import { DeliveryWakeups } from '../delivery-wakeups.js';
import { EndpointHealthRepository } from '../endpoint-health.repository.js';
import { RetriesRepository } from '../retries.repository.js';
import { newId } from '../../../core/crypto/ids.js';
import { callbackMissing } from '../delivery.errors.js';
import { type CallOutcome, WebhookClient } from '../webhook-client.js';
import { eventIdOf } from '../signatures.js';

/** Changes endpoints on request of operators. Each change is recorded in the audit log. */
@Injectable()
export class EndpointControl {
  constructor(
    private readonly health: EndpointHealthRepository,
    private readonly endpoints: BotEndpointsService,
    private readonly retries: RetriesRepository,
    private readonly wakeups: DeliveryWakeups,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** Stops calls of the endpoint until it is resumed; new entries wait. */
  pause(actor: Actor, id: string): Promise<void> {
    return this.change(actor, id, 'endpoint.paused', (health) => ({ ...health, isPaused: true }));
  }

  /** Ends a pause, and enables a disabled endpoint with a probe. */
  resume(actor: Actor, id: string): Promise<void> {
    return this.change(actor, id, 'endpoint.resumed', (health) => ({
      ...health,
      isPaused: false,
      ...(health.state === 'disabled'
        ? {
            state: 'open' as const,
            blockedUntil: null,
            probes: 0,
            failingSince: null,
            failStreak: 0,
            disabledReason: '',
          }
        : {}),
    }));
  }

  /** Makes the next probe due at once, also before the end of `Retry-After`. */
  tryNow(actor: Actor, id: string): Promise<void> {
    return this.change(actor, id, undefined, (health) => ({ ...health, blockedUntil: null, probes: 0 }));
  }

  /** @returns the new secret */
  rotateSecret(actor: Actor, id: string, overlapSeconds: number): Promise<string> {
    return this.database.transaction(async () => {
      const secret = await this.endpoints.rotateSigningSecret(actor, id, overlapSeconds);
      await this.audit.record(actor, 'endpoint.secret_rotated', id, { overlapSeconds });
      return secret;
    });
  }

  private async change(
    actor: Actor,
    id: string,
    eventType: 'endpoint.paused' | 'endpoint.resumed' | undefined,
    decide: (health: Health) => Health,
  ): Promise<void> {
    const endpoint = await this.endpoints.getById(actor, id);
    const events: CircuitEvent[] = eventType ? [{ type: eventType, details: {} }] : [];
    await this.database.transaction(async () => {
      await this.health.change(id, endpoint.botId, (health) => ({ health: decide(health), events }));
      if (eventType !== 'endpoint.paused') {
        await this.retries.makeDue(id);
        this.database.afterCommit(() => this.wakeups.wakeEndpoint(id));
      }
      await this.audit.record(actor, eventType ?? 'endpoint.tried_now', id);
    });
  }
}

export type TestCallResult = Pick<
  CallOutcome,
  'delivered' | 'httpStatus' | 'errorCode' | 'durationMs' | 'responseHead'
>;

/** Makes a signed test call, so that an owner can check whether the bot is reachable and verifies signatures. */
@Injectable()
export class EndpointTester {
  constructor(
    private readonly client: WebhookClient,
    private readonly endpoints: BotEndpointsService,
  ) {}

  /** Calls the endpoint in any state, without a change of its health. @throws DomainError conflict `endpoint.no_callback` */
  async test(actor: Actor, id: string): Promise<TestCallResult> {
    const endpoint = await this.endpoints.getById(actor, id);
    if (endpoint.transport !== 'callback') throw callbackMissing();
    const body = Buffer.from(JSON.stringify({ type: 'test', endpointId: endpoint.id, timestamp: Date.now() }));
    return this.client.call(endpoint, eventIdOf(`test_${newId()}`), body, { 'x-delivery-trigger': 'test' });
  }
}
