import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { BodyFormat } from '../../bots/index.js';
import type { ChatEventEntity } from '../../chats/index.js';
import type { CallbackRenderer, MembershipCallbackRenderer, MessageEntity } from '../../messages/index.js';
import { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from '../routing.js';
import type { EntryReferences, DeliveryContext, Transport, TransportRequest, TransportResult } from '../transport.js';
import { WebhookClient } from '../webhook-client.js';

/** The renderer of each body format, by name. */
export type BodyFormats = Partial<Record<BodyFormat, CallbackRenderer>>;
export const BODY_FORMATS = Symbol('body formats');

/** The formats that support joins and leaves of a bot. Endpoints of other formats do not receive them. */
export type MembershipFormats = Partial<Record<BodyFormat, MembershipCallbackRenderer>>;
export const MEMBERSHIP_FORMATS = Symbol('membership formats');

/** Renders log entries in the format of an endpoint. */
@Injectable()
export class BodyRenderer {
  constructor(
    private readonly settings: Settings,
    @Inject(BODY_FORMATS) private readonly formats: BodyFormats,
    @Inject(MEMBERSHIP_FORMATS) private readonly membershipFormats: MembershipFormats,
  ) {}

  /** Whether endpoints of this format receive joins and leaves of their bot. */
  supportsMembership(format: BodyFormat): boolean {
    return this.membershipFormats[format] !== undefined;
  }

  /** @returns the request body for this entry and endpoint */
  render({ message, event }: LogEntry, context: DeliveryContext, references: EntryReferences): Buffer {
    return message
      ? this.renderMessage(message, context, references)
      : this.renderMembership(event, context, references);
  }

  private renderMembership(event: ChatEventEntity, context: DeliveryContext, { users }: EntryReferences): Buffer {
    const { endpoint, chat, profile, botToken, members } = context;
    const format = this.membershipFormats[endpoint.format];
    if (!format) throw new Error(`Body format ${endpoint.format} does not support membership.`);
    const actor = event.actorId === null ? undefined : users.get(event.actorId);
    const applicationId = this.settings.APPLICATION_ID;
    return Buffer.from(format({ event, actor, chat, bot: profile, botToken, members, applicationId }));
  }

  private renderMessage(message: MessageEntity, context: DeliveryContext, { users, files }: EntryReferences): Buffer {
    const { endpoint } = context;
    const format = this.formats[endpoint.format];
    if (!format) throw new Error(`Unknown body format: ${endpoint.format}`);
    const body = format({
      message,
      chat: context.chat,
      sender: message.senderId === null ? undefined : users.get(message.senderId),
      bot: context.profile,
      botToken: context.botToken,
      members: context.members,
      mentioned: present(message.mentionedIds, users),
      attachments: present(message.attachmentIds, files),
      applicationId: this.settings.APPLICATION_ID,
      publicUrl: this.settings.publicUrl,
    });
    return Buffer.from(body);
  }
}

const present = <T>(ids: readonly string[], found: Map<string, T>): T[] =>
  ids.flatMap((id) => (found.has(id) ? [found.get(id)!] : []));

/** Delivers entries by signed POST requests. */
@Injectable()
export class CallbackTransport implements Transport {
  constructor(
    private readonly client: WebhookClient,
    private readonly bodies: BodyRenderer,
  ) {}

  skipReason(entry: LogEntry, facts: RoutingFacts, { endpoint }: DeliveryContext): SkipReason | undefined {
    const sendsMembership = facts.bot.enableMembershipEvents && this.bodies.supportsMembership(endpoint.format);
    return skipReason(entry, facts, sendsMembership);
  }

  async deliver(request: TransportRequest): Promise<TransportResult> {
    const { context, entry, page, eventId } = request;
    const body = request.keptBody ?? this.bodies.render(entry, context, page);
    const outcome = await this.client.call(context.endpoint, eventId, body, headersOf(request));
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
