import type { PresenceService } from '../../messages/index.js';
import { asBot } from '../notice-sender.js';

/** Clients show the sign for about six seconds. */
const RENEW_MS = 4000;

/** Shows that a bot is about to say something. */
export class TypingSign {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly presence: PresenceService,
    private readonly botId: string,
    private readonly chatId: string,
  ) {
    this.show();
    this.timer = setInterval(() => this.show(), RENEW_MS);
  }

  /** A second time does nothing. */
  stop(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.presence.stopTyping(asBot(this.botId), this.chatId);
  }

  private show(): void {
    this.presence.type(asBot(this.botId), this.chatId).catch(() => undefined); // nobody has to know
  }
}
