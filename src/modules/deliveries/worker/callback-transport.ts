import { Injectable } from '@nestjs/common';
import { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from '../routing.js';
import { WebhookClient } from '../webhook-client.js';
import type { DeliveryContext, Transport, TransportRequest, TransportResult } from '../transport.js';
import { BodyRenderer } from './body-renderer.js';

/** Delivers entries by signed POST requests. */
@Injectable()
export class CallbackTransport implements Transport {
  constructor(
    private readonly caller: WebhookClient,
    private readonly bodies: BodyRenderer,
  ) {}

  skipReason(entry: LogEntry, facts: RoutingFacts, { endpoint }: DeliveryContext): SkipReason | undefined {
    const sendsMembership = facts.bot.enableMembershipEvents && this.bodies.supportsMembership(endpoint.format);
    return skipReason(entry, facts, sendsMembership);
  }

  async deliver(request: TransportRequest): Promise<TransportResult> {
    const { context, entry, page, eventId } = request;
    const body = request.keptBody ?? this.bodies.render(entry, context, page);
    const outcome = await this.caller.call(context.endpoint, eventId, body, headersOf(request));
    return { ...outcome, body };
  }
}

/** Headers for the logs of receivers and for the detection of gaps. */
const headersOf = ({ attempt, trigger, entry, gapSeq, requestId }: TransportRequest): Record<string, string> => ({
  'x-delivery-attempt': String(attempt),
  'x-delivery-trigger': trigger,
  'x-chat-seq': String(entry.seq),
  ...(gapSeq === null ? {} : { 'x-delivery-gap': String(gapSeq) }),
  ...(requestId ? { 'x-request-id': requestId } : {}),
});
