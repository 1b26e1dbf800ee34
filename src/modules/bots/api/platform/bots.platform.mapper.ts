import { type Page, readCreationPosition, type PageRequest } from '../../../../protocols/platform/platform.paging.js';
import { toSeconds } from '../../../../protocols/platform/platform.time.js';
import { type AiChanges, aiSettingsOf, type AiSettings } from '../../ai-settings.js';
import type { BotFilter } from '../../bots.repository.js';
import type { CreateBot, BotWithToken, UpdateBot } from '../../bots.service.js';
import type { PlatformAiSettingsDto, PlatformBotAiDto } from './bots.platform.ai.dto.js';
import type { PlatformBotDto, PlatformBotListDto } from './bots.platform.dto.js';
import type {
  PlatformCreateBotDto,
  PlatformListBotsQueryDto,
  PlatformUpdateBotDto,
} from './bots.platform.requests.dto.js';

export function toPlatformBot({ bot, user, token }: BotWithToken): PlatformBotDto {
  const callback = bot.endpoints.find(({ transport, format }) => transport === 'callback' && format === 'platform');
  const ai = aiSettingsOf(bot);
  return {
    bot: {
      bot_userid: user.id,
      bot_nickname: user.nickname,
      bot_profile_url: user.profileUrl,
      bot_type: bot.type,
      bot_token: token,
      bot_metadata: user.metadata,
      bot_require_auth_for_profile_image: false,
    },
    bot_callback_url: callback?.url ?? '',
    is_privacy_mode: bot.isPrivacyMode,
    enable_mark_as_read: bot.enableMarkAsRead,
    show_member: bot.showMember,
    ...(bot.enableMembershipEvents ? { enable_membership_events: true } : {}),
    channel_invitation_preference: bot.channelInvitationPreference,
    created_at: toSeconds(bot.createdAt),
    ...(ai ? { ai: toPlatformAi(ai) } : {}),
  };
}

export const toBotList = ({ items, next }: Page<BotWithToken>): PlatformBotListDto => ({
  bots: items.map(toPlatformBot),
  next,
});

const toPlatformAi = (ai: AiSettings): PlatformBotAiDto => ({
  backend: ai.backend,
  system_message: ai.systemMessage,
  temperature: ai.temperature,
  max_tokens: ai.maxTokens,
  top_p: ai.topP,
  presence_penalty: ai.presencePenalty,
  frequency_penalty: ai.frequencyPenalty,
});

export const toCreateBot = (body: PlatformCreateBotDto): CreateBot => ({
  ...toUpdateBot(body),
  ai: body.ai ? toAiChanges(body.ai) : undefined,
  id: body.bot_userid,
  nickname: body.bot_nickname,
  type: body.bot_type,
});

/** Absent fields are undefined and stay unchanged. */
export const toUpdateBot = (body: PlatformUpdateBotDto): UpdateBot => ({
  nickname: body.bot_nickname,
  profileUrl: body.bot_profile_url,
  callbackUrl: body.bot_callback_url,
  isPrivacyMode: body.is_privacy_mode,
  enableMarkAsRead: body.enable_mark_as_read,
  showMember: body.show_member,
  enableMembershipEvents: body.enable_membership_events,
  channelInvitationPreference: body.channel_invitation_preference,
  ai: body.ai && toAiChanges(body.ai),
});

export const toBotFilter = (query: PlatformListBotsQueryDto, { after, limit }: PageRequest): BotFilter => ({
  after: readCreationPosition(after),
  limit,
  isAi: query.is_ai,
});

/** Only the given settings: an undefined setting would overwrite a stored one. */
function toAiChanges(ai: PlatformAiSettingsDto): AiChanges {
  const settings: AiChanges = {
    backend: ai.backend,
    systemMessage: ai.system_message,
    temperature: ai.temperature,
    maxTokens: ai.max_tokens,
    topP: ai.top_p,
    presencePenalty: ai.presence_penalty,
    frequencyPenalty: ai.frequency_penalty,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
