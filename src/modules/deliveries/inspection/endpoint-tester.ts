import { Injectable } from '@nestjs/common';
import { newId } from '../../../core/crypto/ids.js';
import type { Actor } from '../../auth/index.js';
import { BotEndpointsService } from '../../bots/index.js';
import { callbackMissing } from '../delivery.errors.js';
import { type CallOutcome, WebhookClient } from '../webhook-client.js';
import { eventIdOf } from '../signatures.js';

export type TestCallResult = Pick<
  CallOutcome,
  'delivered' | 'httpStatus' | 'errorCode' | 'durationMs' | 'responseHead'
>;

/** Makes a signed test call, so that an owner can check whether the bot is reachable and verifies signatures. */
@Injectable()
export class EndpointTester {
  constructor(
    private readonly caller: WebhookClient,
    private readonly endpoints: BotEndpointsService,
  ) {}

  /** Calls the endpoint in any state, without a change of its health. @throws DomainError conflict `endpoint.no_callback` */
  async test(actor: Actor, id: string): Promise<TestCallResult> {
    const endpoint = await this.endpoints.getById(actor, id);
    if (endpoint.transport !== 'callback') throw callbackMissing();
    const body = Buffer.from(JSON.stringify({ type: 'test', endpointId: endpoint.id, timestamp: Date.now() }));
    return this.caller.call(endpoint, eventIdOf(`test_${newId()}`), body, { 'x-delivery-trigger': 'test' });
  }
}
