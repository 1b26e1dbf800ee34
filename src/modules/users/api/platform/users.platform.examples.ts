import type { PlatformCreateUserDto, PlatformUpdateUserDto } from './users.platform.requests.dto.js';

export const NEW_USERS: Record<string, PlatformCreateUserDto> = {
  'A person': { user_id: 'mia', nickname: 'Mia', profile_url: '' },
};

export const USER_CHANGES: Record<string, PlatformUpdateUserDto> = {
  'Another name': { nickname: 'Mia of today' },
  Deactivation: { is_active: false },
};
