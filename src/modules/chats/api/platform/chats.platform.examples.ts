import type { PlatformCreateChannelDto, PlatformUpdateChannelDto } from './chats.platform.requests.dto.js';
import type { PlatformBotJoinDto, PlatformInviteDto } from './members.platform.requests.dto.js';

export const NEW_CHANNELS: Record<string, PlatformCreateChannelDto> = {
  'A person and a bot': { channel_url: 'lunch', name: 'Lunch', user_ids: ['mia', 'echo'] },
};

export const CHANNEL_CHANGES: Record<string, PlatformUpdateChannelDto> = {
  'Another title': { name: 'Late lunch' },
};

export const INVITATIONS: Record<string, PlatformInviteDto> = {
  'A bot': { user_ids: ['echo'], inviter_id: 'mia' },
};

export const BOT_JOINS: Record<string, PlatformBotJoinDto> = {
  'One channel': { channel_urls: ['lunch'] },
};
