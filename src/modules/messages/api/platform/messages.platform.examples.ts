import type { PlatformUpdateMessageDto } from './message-changes.platform.dto.js';
import type { PlatformBotSendDto, PlatformSendMessageDto } from './messages.platform.requests.dto.js';

export const NEW_MESSAGES: Record<string, PlatformSendMessageDto> = {
  "A person's message": { message_type: 'MESG', user_id: 'mia', message: 'Hello, what can you do?' },
  'Image from a URL': {
    message_type: 'FILE',
    user_id: 'mia',
    message: '',
    url: 'https://images.example/dinner.png',
  },
  "The operator's message": { message_type: 'ADMM', message: 'We are closed on Monday.' },
};

export const NEW_BOT_MESSAGES: Record<string, PlatformBotSendDto> = {
  Text: { channel_url: 'lunch', message: 'Here I am.' },
  'With suggested replies': {
    channel_url: 'lunch',
    message: 'Shall I go on?',
    extended_message_payload: { suggested_replies: ['Yes', 'No'] },
  },
};

export const MESSAGE_CHANGES: Record<string, PlatformUpdateMessageDto> = {
  'Change the text': { message_type: 'MESG', message: 'Hello again, what can you do?' },
};
