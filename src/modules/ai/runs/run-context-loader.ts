import { Injectable } from '@nestjs/common';
import { aiSettingsOf, type AiSettings, BotsService } from '../../bots/index.js';
import { ChatsService } from '../../chats/index.js';
import { MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { ChatControlsService } from './chat-controls.service.js';
import type { ModelTarget } from '../providers/model.types.js';
import { ModelTargets } from '../providers/model-targets.js';
import { asBot } from './bot-messages.js';
import type { RunContext } from '../generation/completion.js';
import type { BannedPhrase } from '../generation/safeguard.js';

/** Shorter keys are placeholders. */
const MIN_SECRET_CHARS = 8;

/** Loads what a run needs, unless it must not be processed. */
@Injectable()
export class RunContextLoader {
  constructor(
    private readonly bots: BotsService,
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly controls: ChatControlsService,
    private readonly targets: ModelTargets,
  ) {}

  /** @returns a reason instead if the run must not be processed */
  async load({ botId, chatId, triggerId }: AiRunEntity): Promise<RunContext | string> {
    const [profile, chat, trigger, control] = await Promise.all([
      this.bots.find(botId),
      this.chats.find(chatId),
      this.messages.find(asBot(botId), triggerId),
      this.controls.find(chatId),
    ]);
    const ai = profile && aiSettingsOf(profile.bot);
    if (!profile || !chat || !ai) return 'ai_turned_off';
    if (profile.bot.isDisabled) return 'bot_disabled';
    if (control) return 'human_in_control';
    if (!trigger) return 'trigger_removed';
    const [target, ...fallbacks] = this.targets.allOf(ai);
    return {
      bot: profile.bot,
      ai,
      chat,
      trigger,
      target,
      fallbacks,
      downgradeTarget: ai.downgradeModel === undefined ? undefined : { ...target, model: ai.downgradeModel },
      bannedPhrases: bannedPhrasesOf(ai, [target, ...fallbacks]),
    };
  }
}

/** API keys are never part of a prompt. They are banned in case a model prints one all the same. */
function bannedPhrasesOf({ bannedPhrases = [] }: AiSettings, targets: readonly ModelTarget[]): BannedPhrase[] {
  const keys = new Set(targets.map(({ apiKey = '' }) => apiKey).filter(({ length }) => length >= MIN_SECRET_CHARS));
  return [
    ...bannedPhrases.map((text) => ({ text, reason: 'banned_phrase' })),
    ...[...keys].map((text) => ({ text, reason: 'possible_injection' })),
  ];
}
