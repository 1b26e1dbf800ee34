import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { AnswersEmpty } from '../../../../protocols/platform/platform-empty-answer.js';
import { METADATA_KEY } from '../../../../protocols/platform/platform-metadata-key.pipe.js';
import {
  pickMetadata,
  PlatformMetadataChangesDto,
  PlatformMetadataKeyQueryDto,
  PlatformMetadataQueryDto,
  PlatformMetadataValueDto,
  PlatformNewMetadataDto,
} from '../../../../protocols/platform/platform-metadata.dto.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { UserMetadataService } from '../../user-metadata.service.js';

@PlatformController('users/:user_id/metadata', 'User metadata')
export class UserMetadataPlatformController {
  constructor(private readonly metadata: UserMetadataService) {}

  /**
   * Add metadata to a user
   *
   * @remarks A user, person or bot, has 5 items at most.
   */
  @Post()
  @PlatformScope('users:write')
  @HttpCode(200)
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  createUserMetadata(
    @Param('user_id') userId: string,
    @Body() { metadata }: PlatformNewMetadataDto,
  ): Promise<Record<string, string>> {
    return this.metadata.add(userId, metadata);
  }

  /** View the metadata of a user */
  @Get()
  @PlatformScope('users:read')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async getUserMetadata(
    @Param('user_id') userId: string,
    @Query() query: PlatformMetadataQueryDto,
  ): Promise<Record<string, string>> {
    return pickMetadata(await this.metadata.all(userId), query);
  }

  /** View one item of the metadata of a user */
  @Get(':key')
  @PlatformScope('users:read')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformParam('key', 'The item.', 'colour')
  getUserMetadataValue(@Param('user_id') userId: string, @Param('key') key: string): Promise<Record<string, string>> {
    return this.metadata.one(userId, key);
  }

  /** Change the metadata of a user */
  @Put()
  @PlatformScope('users:write')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  updateUserMetadata(
    @Param('user_id') userId: string,
    @Body() { metadata, upsert = false }: PlatformMetadataChangesDto,
  ): Promise<Record<string, string>> {
    return this.metadata.update(userId, metadata, upsert);
  }

  /** Change one item of the metadata of a user */
  @Put(':key')
  @PlatformScope('users:write')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformParam('key', 'The item.', 'colour')
  updateUserMetadataValue(
    @Param('user_id') userId: string,
    @Param('key', METADATA_KEY) key: string,
    @Body() { value, upsert = false }: PlatformMetadataValueDto,
  ): Promise<Record<string, string>> {
    return this.metadata.update(userId, { [key]: value }, upsert);
  }

  /** Delete the metadata of a user */
  @Delete()
  @PlatformScope('users:write')
  @AnswersEmpty()
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  deleteUserMetadata(@Param('user_id') userId: string, @Query() { key }: PlatformMetadataKeyQueryDto): Promise<void> {
    return this.metadata.remove(userId, key);
  }

  /** Delete one item of the metadata of a user */
  @Delete(':key')
  @PlatformScope('users:write')
  @AnswersEmpty()
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformParam('key', 'The item.', 'colour')
  deleteUserMetadataValue(@Param('user_id') userId: string, @Param('key') key: string): Promise<void> {
    return this.metadata.remove(userId, key);
  }
}
