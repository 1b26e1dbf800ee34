import type { PlatformCreateUserDto } from './users.platform.dto.js';

export const NEW_USERS: Record<string, PlatformCreateUserDto> = {
  'A person': { user_id: 'mia', nickname: 'Mia', profile_url: '' },
};
