import { isHttpUrl } from '../../../../protocols/client/http-url.decorator.js';
import { isWithinBytes } from '../../../../protocols/client/max-bytes.decorator.js';
import { toClientChangedAi } from '../../../ai/api/client/ai.client.mapper.js';
import type { ChangedAi } from '../../../ai/index.js';
import type { BotAccessToken } from '../../../auth/index.js';
import type { EditCommand } from '../../bot-commands.service.js';
import type { EndpointSpec } from '../../bot-endpoints.service.js';
import type { BotCommandEntity, BotEndpointEntity } from '../../bot.entity.js';
import type { BotProfile } from '../../bots.repository.js';
import type { CreateBot, BotWithToken, UpdateBot } from '../../bots.service.js';
import type {
  ClientAdminBotDto,
  ClientBotCommandDto,
  ClientBotDto,
  ClientBotKeyDto,
  ClientCreateBotDto,
  ClientCreatedBotDto,
  ClientEditBotDto,
  ClientEditCommandDto,
  ClientBotAccessTokenDto,
  ClientSetWebhookDto,
  ClientWebhookDto,
} from './bots.client.dto.js';

const MAX_DESCRIPTION_BYTES = 512;
const MAX_AVATAR_BYTES = 256;

export const toClientBot = ({ bot, user }: BotProfile): ClientBotDto => ({
  id: bot.id,
  name: user.nickname,
  description: bot.description || undefined,
  avatar: user.profileUrl || undefined,
});

export const toClientBotCommand = ({ id, alias, description }: BotCommandEntity): ClientBotCommandDto => ({
  id,
  alias,
  description: description || undefined,
});

export const toClientBotKey = (botId: string, token: string): ClientBotKeyDto => ({ key: `${botId}:${token}` });

/** A created bot, with its AI settings if it has any. */
export interface CreatedBot extends BotWithToken {
  ai?: ChangedAi | null;
}

export const toClientCreatedBot = ({ ai, ...created }: CreatedBot): ClientCreatedBotDto => ({
  bot: toClientBot(created),
  ...toClientBotKey(created.bot.id, created.token),
  ai: ai ? toClientChangedAi(ai) : undefined,
});

export const toClientBotAccessToken = ({ token, expiresAt }: BotAccessToken): ClientBotAccessTokenDto => ({
  token,
  expiresAt: expiresAt.getTime(),
});

/** The contract ignores invalid descriptions and avatars instead of rejecting them. */
export const toCreateBot = ({ name, description, avatar }: ClientCreateBotDto): CreateBot => ({
  nickname: name,
  description: isWithinBytes(description, MAX_DESCRIPTION_BYTES) ? description : undefined,
  profileUrl: isHttpUrl(avatar) && isWithinBytes(avatar, MAX_AVATAR_BYTES) ? avatar : undefined,
  uniqueName: true,
});

/** The contract treats an empty text as omitted. */
export const toUpdateBot = ({ name, description, avatar }: ClientEditBotDto): UpdateBot => ({
  nickname: name || undefined,
  description: description || undefined,
  profileUrl: avatar || undefined,
  uniqueName: true,
});

/** The contract treats an empty text as omitted. */
export const toEditCommand = ({ alias, description }: ClientEditCommandDto): EditCommand => ({
  alias: alias || undefined,
  description: description || undefined,
});

export const toClientAdminBot = (profile: BotProfile): ClientAdminBotDto => ({
  ...toClientBot(profile),
  isDisabled: profile.bot.isDisabled,
  createdAt: profile.bot.createdAt.getTime(),
  reachedBy: profile.bot.endpoints.map(({ transport, format }) =>
    transport === 'callback' && format === 'client' ? 'webhook' : transport,
  ),
});

/** Transport and format of a webhook endpoint. */
export const WEBHOOK = ['callback', 'client'] as const;

export function toWebhookSpec({ url, secret }: ClientSetWebhookDto): EndpointSpec {
  const [transport, format] = WEBHOOK;
  return { transport, format, url, authorization: secret || null };
}

/** @param reveal decrypts the secrets of the endpoint */
export const toClientWebhook = (
  endpoint: BotEndpointEntity,
  reveal: {
    revealAuthorization(endpoint: BotEndpointEntity): string | undefined;
    revealSigningSecret(endpoint: BotEndpointEntity): string;
  },
): ClientWebhookDto => ({
  botId: endpoint.botId,
  url: endpoint.url,
  secret: reveal.revealAuthorization(endpoint),
  signingSecret: reveal.revealSigningSecret(endpoint),
});
