export { type Metadata, MetadataRules } from './metadata.js';
export { UserEntity, type UserKind } from './user.entity.js';
export { userDeactivated, userNotFound } from './user.errors.js';
export { UserAccessChanged, UserDeleted, UserMembershipsEnding, UserImageChanged, userTopic } from './user.events.js';
export { UserMetadataService } from './user-metadata.service.js';
export { UsersModule } from './users.module.js';
export { type UserCursor, userColumns, type UserFilter } from './users.repository.js';
export { type CreateUser, type UpdateUser, UsersService } from './users.service.js';
