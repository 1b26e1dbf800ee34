import { Injectable } from '@nestjs/common';
import { aiSettingsOf } from '../../bots/index.js';
import { AiModuleSettings } from '../ai.settings.js';
import {
  type DeliveryTransport,
  type DeliveryContext,
  type LogEntry,
  type RoutingFacts,
  skipReason,
  type SkipReason,
  type TransportRequest,
  type TransportResult,
} from '../../deliveries/index.js';
import { AiRunsService } from '../runs/ai-runs.service.js';

/** Delivers a chat log entry to a model: creates a run for it and wakes up a worker. */
@Injectable()
export class AiTransport implements DeliveryTransport {
  readonly maxAgeSeconds: number;

  constructor(
    private readonly runs: AiRunsService,
    { AI_MAX_AGE }: AiModuleSettings,
  ) {
    this.maxAgeSeconds = AI_MAX_AGE;
  }

  skipReason(entry: LogEntry, facts: RoutingFacts, { chat, membership }: DeliveryContext): SkipReason | undefined {
    // A bot that has left cannot reply.
    const isMember = facts.isMember && membership?.state === 'joined';
    const reason = skipReason(entry, { ...facts, isMember });
    // Privacy mode does not apply in personal chats.
    if (reason !== undefined && !(reason === 'privacy_mode' && chat.kind === 'personal')) return reason;
    return entry.message?.body.trim() ? undefined : 'no_text';
  }

  async deliver({ entry, context }: TransportRequest): Promise<TransportResult> {
    const startedAt = performance.now();
    const { bot } = context.profile;
    const ai = aiSettingsOf(bot);
    // Without AI settings there is nothing to generate.
    if (ai) await this.runs.requestReply({ bot, ai }, context.chat, entry.message!);
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
