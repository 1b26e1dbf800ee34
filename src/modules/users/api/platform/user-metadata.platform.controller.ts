import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import {
  pickMetadata,
  PlatformMetadataChangesDto,
  PlatformMetadataKeyQueryDto,
  PlatformMetadataQueryDto,
  PlatformMetadataValueDto,
  PlatformNewMetadataDto,
} from '../../../../protocols/platform/platform-metadata.dto.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { metadataNotFound } from '../../user.errors.js';
import { UserMetadataService } from '../../user-metadata.service.js';
import { UsersService } from '../../users.service.js';

@PlatformController('users/:user_id/metadata', 'User metadata')
export class UserMetadataPlatformController {
  constructor(
    private readonly metadata: UserMetadataService,
    private readonly users: UsersService,
  ) {}

  /**
   * Add metadata to a user
   *
   * @remarks A user, person or bot, has 5 items at most.
   */
  @Post()
  @HttpCode(200)
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async add(
    @Param('user_id') userId: string,
    @Body() { metadata }: PlatformNewMetadataDto,
  ): Promise<Record<string, string>> {
    await this.metadata.add(userId, metadata);
    return metadata;
  }

  /** View the metadata of a user */
  @Get()
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async view(
    @Param('user_id') userId: string,
    @Query() query: PlatformMetadataQueryDto,
  ): Promise<Record<string, string>> {
    return pickMetadata((await this.users.get(userId)).metadata, query);
  }

  /** View one item of the metadata of a user */
  @Get(':key')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformParam('key', 'The item.', 'colour')
  async viewOne(@Param('user_id') userId: string, @Param('key') key: string): Promise<Record<string, string>> {
    const { metadata } = await this.users.get(userId);
    if (!Object.hasOwn(metadata, key)) throw metadataNotFound(key);
    return { [key]: metadata[key] };
  }

  /** Change the metadata of a user */
  @Put()
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async update(
    @Param('user_id') userId: string,
    @Body() { metadata, upsert = false }: PlatformMetadataChangesDto,
  ): Promise<Record<string, string>> {
    await this.metadata.update(userId, metadata, upsert);
    return metadata;
  }

  /** Change one item of the metadata of a user */
  @Put(':key')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformParam('key', 'The item.', 'colour')
  async updateOne(
    @Param('user_id') userId: string,
    @Param('key') key: string,
    @Body() { value, upsert = false }: PlatformMetadataValueDto,
  ): Promise<Record<string, string>> {
    await this.metadata.update(userId, { [key]: value }, upsert);
    return { [key]: value };
  }

  /** Delete the metadata of a user */
  @Delete()
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async delete(
    @Param('user_id') userId: string,
    @Query() { key }: PlatformMetadataKeyQueryDto,
  ): Promise<PlatformEmptyDto> {
    await this.metadata.remove(userId, key);
    return {};
  }

  /** Delete one item of the metadata of a user */
  @Delete(':key')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformParam('key', 'The item.', 'colour')
  async deleteOne(@Param('user_id') userId: string, @Param('key') key: string): Promise<PlatformEmptyDto> {
    await this.metadata.remove(userId, key);
    return {};
  }
}
