export { UserEntity, type UserKind } from './user.entity.js';
export { UsersModule } from './users.module.js';
export type { UserCursor, UserFilter } from './users.repository.js';
export { type CreateUser, type UpdateUser, UsersService } from './users.service.js';
