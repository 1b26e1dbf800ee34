import type { PlatformCreateChannelDto } from './chats.platform.dto.js';

export const NEW_CHANNELS: Record<string, PlatformCreateChannelDto> = {
  'A person and a bot': { channel_url: 'lunch', name: 'Lunch', user_ids: ['mia', 'echo'] },
};
