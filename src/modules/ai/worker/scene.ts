import { Injectable } from '@nestjs/common';
import { type AiSettings, type BotEntity, BotsService } from '../../bots/index.js';
import { type ChatEntity, ChatsService } from '../../chats/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import type { ModelTarget } from '../model/model.types.js';
import { ModelTargets } from '../model/model-targets.js';
import { asBot } from '../notice-sender.js';
import { type BannedPhrase, DEFAULT_SAFEGUARD_MESSAGE } from '../safeguard.js';

/** A key that is shorter than this is a placeholder. */
const MIN_SECRET_CHARS = 8;

/** Who is to answer what, where, and by which model. */
export interface Scene {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
  trigger: MessageEntity;
  target: ModelTarget;
  banned: BannedPhrase[];
  safeguardMessage: string;
}

@Injectable()
export class SceneReader {
  constructor(
    private readonly bots: BotsService,
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly targets: ModelTargets,
  ) {}

  /** @returns why there is nothing to answer, when there is not */
  async read({ botId, chatId, triggerId }: AiRunEntity): Promise<Scene | string> {
    const [profile, chat, trigger] = await Promise.all([
      this.bots.find(botId),
      this.chats.find(chatId),
      this.messages.find(asBot(botId), triggerId),
    ]);
    const ai = profile?.bot.endpoints.find(({ transport }) => transport === 'ai')?.ai;
    if (!profile || !chat || !ai) return 'ai_turned_off';
    if (profile.bot.isDisabled) return 'bot_disabled';
    if (!trigger) return 'trigger_removed';
    const target = this.targets.of(ai);
    return {
      bot: profile.bot,
      ai,
      chat,
      trigger,
      target,
      banned: bannedOf(ai, target),
      safeguardMessage: ai.safeguardMessage ?? DEFAULT_SAFEGUARD_MESSAGE,
    };
  }
}

/** No prompt holds a key; should a model say one all the same, nobody sees it. */
function bannedOf({ bannedPhrases = [] }: AiSettings, { apiKey = '' }: ModelTarget): BannedPhrase[] {
  const phrases = bannedPhrases.map((text) => ({ text, reason: 'banned_phrase' }));
  return apiKey.length >= MIN_SECRET_CHARS ? [...phrases, { text: apiKey, reason: 'possible_injection' }] : phrases;
}
