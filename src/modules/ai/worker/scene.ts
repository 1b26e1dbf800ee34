import { Injectable } from '@nestjs/common';
import { aiOf, type AiSettings, type BotEntity, BotsService } from '../../bots/index.js';
import { type ChatEntity, ChatsService } from '../../chats/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { ChatControlsService } from '../chat-controls.service.js';
import type { ModelTarget } from '../model/model.types.js';
import { ModelTargets } from '../model/model-targets.js';
import { asBot } from '../notices/notice-sender.js';
import type { BannedPhrase } from '../safeguard.js';

/** Shorter keys are placeholders. */
const MIN_SECRET_CHARS = 8;

/** Everything that a run needs: bot, chat, trigger message and models. */
export interface Scene {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
  trigger: MessageEntity;
  target: ModelTarget;
  /** Used in order when the target is unavailable. */
  fallbacks: ModelTarget[];
  /** Used when the daily tokens of the bot are used up. */
  downgraded: ModelTarget | undefined;
  banned: BannedPhrase[];
}

@Injectable()
export class SceneReader {
  constructor(
    private readonly bots: BotsService,
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly controls: ChatControlsService,
    private readonly targets: ModelTargets,
  ) {}

  /** @returns a reason instead if the run must not be processed */
  async read({ botId, chatId, triggerId }: AiRunEntity): Promise<Scene | string> {
    const [profile, chat, trigger, control] = await Promise.all([
      this.bots.find(botId),
      this.chats.find(chatId),
      this.messages.find(asBot(botId), triggerId),
      this.controls.find(chatId),
    ]);
    const ai = profile && aiOf(profile.bot);
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
      downgraded: ai.downgradeModel === undefined ? undefined : { ...target, model: ai.downgradeModel },
      banned: bannedOf(ai, [target, ...fallbacks]),
    };
  }
}

/** API keys are never part of a prompt. They are banned in case a model prints one all the same. */
function bannedOf({ bannedPhrases = [] }: AiSettings, targets: readonly ModelTarget[]): BannedPhrase[] {
  const keys = new Set(targets.map(({ apiKey = '' }) => apiKey).filter(({ length }) => length >= MIN_SECRET_CHARS));
  return [
    ...bannedPhrases.map((text) => ({ text, reason: 'banned_phrase' })),
    ...[...keys].map((text) => ({ text, reason: 'possible_injection' })),
  ];
}
