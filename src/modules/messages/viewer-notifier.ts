import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { LiveBus } from '../../core/live/live-bus.js';
import { MessagesSent } from './message.events.js';

/** The topic under which a chat's viewers, in whatever process, hear that its log has grown. */
export const chatTopic = (chatId: string): string => `chat:${chatId}`;

/** Tells live viewers of new messages. Best effort: who misses it finds the message by its cursor. */
@Injectable()
export class ViewerNotifier {
  constructor(private readonly live: LiveBus) {}

  @OnDomainEvent(MessagesSent, 'after-commit')
  announce({ messages }: MessagesSent): void {
    const newest = new Map(messages.map(({ chatId, seq }) => [chatId, seq]));
    for (const [chatId, seq] of newest) this.live.publish(chatTopic(chatId), { chatId, seq });
  }
}
