import { Injectable } from '@nestjs/common';
import { aiOf } from '../../bots/index.js';
import { Settings } from '../../../core/config/settings.js';
import {
  type DeliveryTransport,
  type LaneContext,
  type LogEntry,
  type RoutingFacts,
  skipReason,
  type SkipReason,
  type TransportRequest,
  type TransportResult,
} from '../../deliveries/index.js';
import { AiRunsService } from '../ai-runs.service.js';

/** Hands an entry of a chat's log to a model: writes down that it is to be answered, and calls for a worker. */
@Injectable()
export class AiTransport implements DeliveryTransport {
  readonly maxAgeSeconds: number;

  constructor(
    private readonly runs: AiRunsService,
    { AI_MAX_AGE }: Settings,
  ) {
    this.maxAgeSeconds = AI_MAX_AGE;
  }

  skipReason(entry: LogEntry, facts: RoutingFacts, { chat, membership }: LaneContext): SkipReason | undefined {
    // A bot that has left since could not reply any more.
    const isMember = facts.isMember && membership?.state === 'joined';
    const reason = skipReason(entry, { ...facts, isMember });
    // Whoever speaks with a bot alone need not call it by its name.
    if (reason !== undefined && !(reason === 'privacy_mode' && chat.kind === 'personal')) return reason;
    return entry.message?.body.trim() ? undefined : 'no_text';
  }

  async deliver({ entry, context }: TransportRequest): Promise<TransportResult> {
    const startedAt = performance.now();
    const { bot } = context.profile;
    const ai = aiOf(bot);
    // Without it, nobody answers any more.
    if (ai) await this.runs.ask({ bot, ai }, context.chat, entry.message!);
    return {
      delivered: true,
      httpStatus: null,
      errorCode: '',
      timedOut: false,
      durationMs: Math.round(performance.now() - startedAt),
      responseHead: '',
      body: null,
    };
  }
}
