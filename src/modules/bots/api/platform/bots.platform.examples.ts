import type { PlatformCreateBotDto, PlatformUpdateBotDto } from './bots.platform.requests.dto.js';

export const NEW_BOTS: Record<string, PlatformCreateBotDto> = {
  'Bot with a callback': {
    bot_userid: 'weather_bot',
    bot_nickname: 'Weather',
    bot_profile_url: '',
    bot_type: 'helper',
    bot_callback_url: 'https://bots.example/weather',
    is_privacy_mode: false,
  },
  'AI bot': {
    bot_userid: 'clever_bot',
    bot_nickname: 'Clever',
    bot_profile_url: '',
    bot_type: 'helper',
    is_privacy_mode: false,
    ai: { backend: 'chatgpt', system_message: 'Answer in one line.' },
  },
};

export const BOT_CHANGES: Record<string, PlatformUpdateBotDto> = {
  'Change the name': { bot_nickname: 'Echo of today' },
  'Remove the AI settings': { ai: null, bot_callback_url: 'https://bots.example/clever' },
  'Change the callback URL': { bot_callback_url: 'https://bots.example/echo' },
};
