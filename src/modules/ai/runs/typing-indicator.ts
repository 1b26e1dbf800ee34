import type { PresenceService } from '../../messages/index.js';
import { asBot } from './bot-messages.js';

/** Clients show the indicator for about 6 s. */
const RENEW_MS = 4000;

/** Sends the typing indicator of a bot, and `still_working` once when a run takes long. */
export class TypingIndicator {
  private timer: NodeJS.Timeout | undefined;
  private slow: NodeJS.Timeout | undefined;

  constructor(
    private readonly presence: PresenceService,
    private readonly botId: string,
    private readonly chatId: string,
    slowMs: number,
  ) {
    this.slow = setTimeout(() => this.send('still_working'), slowMs);
    this.start();
  }

  /** Idempotent. Restarts a stopped indicator. */
  start(): void {
    if (this.timer) return;
    this.send();
    this.timer = setInterval(() => this.send(), RENEW_MS);
  }

  /** Idempotent. */
  stop(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    clearTimeout(this.slow);
    this.timer = undefined;
    this.presence.stopTyping(asBot(this.botId), this.chatId);
  }

  private send(status?: 'still_working'): void {
    this.presence.startTyping(asBot(this.botId), this.chatId, status).catch(() => undefined); // best effort
  }
}
