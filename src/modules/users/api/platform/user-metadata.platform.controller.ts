import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
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
   * Add user metadata
   *
   * @remarks A user (person or bot) has at most 5 items.
   */
  @Post()
  @PlatformScope('users:write')
  @HttpCode(200)
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  addUserMetadata(
    @Param('user_id') userId: string,
    @Body() { metadata }: PlatformNewMetadataDto,
  ): Promise<Record<string, string>> {
    return this.metadata.add(userId, metadata);
  }

  /** Get user metadata */
  @Get()
  @PlatformScope('users:read')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  async getUserMetadata(
    @Param('user_id') userId: string,
    @Query() query: PlatformMetadataQueryDto,
  ): Promise<Record<string, string>> {
    return pickMetadata(await this.metadata.list(userId), query);
  }

  /** Get a user metadata item */
  @Get(':key')
  @PlatformScope('users:read')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  @PlatformParam('key', 'The key of the item.', 'colour')
  getUserMetadataItem(@Param('user_id') userId: string, @Param('key') key: string): Promise<Record<string, string>> {
    return this.metadata.get(userId, key);
  }

  /** Update user metadata */
  @Put()
  @PlatformScope('users:write')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  updateUserMetadata(
    @Param('user_id') userId: string,
    @Body() { metadata, upsert = false }: PlatformMetadataChangesDto,
  ): Promise<Record<string, string>> {
    return this.metadata.update(userId, metadata, upsert);
  }

  /** Update a user metadata item */
  @Put(':key')
  @PlatformScope('users:write')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  @PlatformParam('key', 'The key of the item.', 'colour')
  updateUserMetadataItem(
    @Param('user_id') userId: string,
    @Param('key', METADATA_KEY) key: string,
    @Body() { value, upsert = false }: PlatformMetadataValueDto,
  ): Promise<Record<string, string>> {
    return this.metadata.update(userId, { [key]: value }, upsert);
  }

  /** Delete user metadata */
  @Delete()
  @PlatformScope('users:write')
  @EmptyResponse()
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  deleteUserMetadata(@Param('user_id') userId: string, @Query() { key }: PlatformMetadataKeyQueryDto): Promise<void> {
    return this.metadata.remove(userId, key);
  }

  /** Delete a user metadata item */
  @Delete(':key')
  @PlatformScope('users:write')
  @EmptyResponse()
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  @PlatformParam('key', 'The key of the item.', 'colour')
  deleteUserMetadataItem(@Param('user_id') userId: string, @Param('key') key: string): Promise<void> {
    return this.metadata.remove(userId, key);
  }
}
