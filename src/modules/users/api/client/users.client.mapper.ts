import type { UserEntity } from '../../user.entity.js';
import type { ClientUserDto } from './users.client.dto.js';

export const toClientUser = ({ id, nickname }: UserEntity): ClientUserDto => ({ id, nickname });
