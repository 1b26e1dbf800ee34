import type { PresenceService } from '../../messages/index.js';
import { asBot } from '../notices/notice-sender.js';

/** Clients show the sign for about six seconds. */
const RENEW_MS = 4000;

/** Shows that a bot is about to say something, and once, when it takes long, that it has not forgotten. */
export class TypingSign {
  private timer: NodeJS.Timeout | undefined;
  private slow: NodeJS.Timeout | undefined;

  constructor(
    private readonly presence: PresenceService,
    private readonly botId: string,
    private readonly chatId: string,
    slowMs: number,
  ) {
    this.slow = setTimeout(() => this.show('still_working'), slowMs);
    this.begin();
  }

  /** Again, once it was stopped. Where it is shown already, this does nothing. */
  begin(): void {
    if (this.timer) return;
    this.show();
    this.timer = setInterval(() => this.show(), RENEW_MS);
  }

  /** A second time does nothing. */
  stop(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    clearTimeout(this.slow);
    this.timer = undefined;
    this.presence.stopTyping(asBot(this.botId), this.chatId);
  }

  private show(status?: 'still_working'): void {
    this.presence.type(asBot(this.botId), this.chatId, status).catch(() => undefined); // nobody has to know
  }
}
