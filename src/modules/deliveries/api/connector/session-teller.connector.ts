import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { ConnectorSessions } from '../../../../protocols/connector/connector-sessions.js';
import type { Acknowledgement } from '../../../../protocols/connector/outbox.js';
import type { HandedEntry, HandOutcome } from '../../connector/socket-link.js';
import { Acknowledgements } from './acknowledgements.connector.js';
import { ChatIntroducer } from './chat-introducer.connector.js';
import { EntryTranslator } from './entry-translator.connector.js';
import type { ToldEntry } from './told-event.js';

/**
 * Tells the sessions of this process what is handed in for their bots. A message goes to all sessions but the one that has sent
 * it; the first that acknowledges it has read it for the bot.
 */
@Injectable()
export class SessionTeller {
  private readonly logger = new Logger(SessionTeller.name);

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly translator: EntryTranslator,
    private readonly introducer: ChatIntroducer,
    private readonly acknowledgements: Acknowledgements,
    private readonly settings: Settings,
  ) {}

  async hand(handed: HandedEntry): Promise<HandOutcome> {
    try {
      return await this.tellAll(handed);
    } catch (error) {
      this.logger.error(`Entry ${handed.seq} of ${handed.chatId} could not be told: ${(error as Error).message}`);
      return 'unanswered';
    }
  }

  /** Tells one session messages that the bot has missed, in this order. @returns how many were acknowledged */
  async tellMissed(session: ConnectorSession, missed: readonly HandedEntry[]): Promise<number> {
    const told = await Promise.all(missed.map((entry) => this.translator.translate(entry)));
    const outcomes = await Promise.all(
      told.map(async (entry, index) => {
        if (!entry.toRead || (await this.ask(session, entry, true)) !== 'acknowledged') return false;
        await this.acknowledgements.note({ ...missed[index], message: entry.toRead });
        return true;
      }),
    );
    return outcomes.filter(Boolean).length;
  }

  private async tellAll(handed: HandedEntry): Promise<HandOutcome> {
    const told = await this.translator.translate(handed);
    const listeners = [...this.sessions.of(handed.botId)].filter(({ connectionId }) => connectionId !== told.origin);
    if (listeners.length === 0) return 'over';
    if (!told.toRead) {
      for (const session of listeners) this.send(session, told);
      return 'told';
    }
    // The first words in a chat of two may come before the hint that there is such a chat.
    if (handed.seq === 1) await this.introducer.introduce(handed.botId, handed.chatId, listeners);
    const outcome = await firstAcknowledgement(listeners.map((session) => this.ask(session, told, false)));
    if (outcome === 'acknowledged') await this.acknowledgements.note({ ...handed, message: told.toRead });
    return outcome;
  }

  private async ask({ outbox }: ConnectorSession, { events }: ToldEntry, pastGate: boolean): Promise<Acknowledgement> {
    const timeoutMs = this.settings.CONNECTOR_ACK_TIMEOUT_MS;
    const outcomes = await Promise.all(
      events.map(({ method, payload }) =>
        pastGate ? outbox.askNow(method, payload, timeoutMs) : outbox.ask(method, payload, timeoutMs),
      ),
    );
    return outcomes.find((outcome) => outcome !== 'acknowledged') ?? 'acknowledged';
  }

  private send(session: ConnectorSession, { events, systemEvents }: ToldEntry): void {
    const all = session.identity?.receivesSystemMessages ? [...events, ...systemEvents] : events;
    for (const { method, payload } of all) session.tell(method, payload);
  }
}

/** @returns as soon as one has acknowledged; else, when all are done, the better of what is left */
function firstAcknowledgement(asked: Promise<Acknowledgement>[]): Promise<Acknowledgement> {
  return new Promise((resolve) => {
    let best: Acknowledgement = 'over';
    let left = asked.length;
    for (const one of asked) {
      void one.then((outcome) => {
        if (outcome === 'acknowledged') resolve(outcome);
        if (outcome === 'unanswered') best = outcome;
        left -= 1;
        if (left === 0) resolve(best);
      });
    }
  });
}
