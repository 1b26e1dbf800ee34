import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { METADATA_KEY } from '../../../../protocols/platform/platform-metadata-key.pipe.js';
import {
  pickMetadata,
  PlatformAddedMetadataDto,
  PlatformMetadataChangesDto,
  PlatformMetadataKeyQueryDto,
  PlatformMetadataQueryDto,
  PlatformMetadataValueDto,
  PlatformNewMetadataDto,
  toAddedMetadata,
} from '../../../../protocols/platform/platform-metadata.dto.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ChatMetadataService } from '../../chat-metadata.service.js';

@PlatformController('group_channels/:channel_url/metadata', 'Channel metadata')
export class ChatMetadataPlatformController {
  constructor(private readonly metadata: ChatMetadataService) {}

  /** Add channel metadata */
  @Post()
  @PlatformScope('channels:write')
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  async addChannelMetadata(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { metadata, include_ts }: PlatformNewMetadataDto,
  ): Promise<PlatformAddedMetadataDto> {
    return toAddedMetadata(await this.metadata.add(actor, channelUrl, metadata), include_ts);
  }

  /** Get channel metadata */
  @Get()
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  async getChannelMetadata(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformMetadataQueryDto,
  ): Promise<Record<string, string>> {
    return pickMetadata(await this.metadata.list(channelUrl), query);
  }

  /** Get a channel metadata item */
  @Get(':key')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  @PlatformParam('key', 'The key of the item.', 'theme')
  getChannelMetadataItem(
    @Param('channel_url') channelUrl: string,
    @Param('key') key: string,
  ): Promise<Record<string, string>> {
    return this.metadata.get(channelUrl, key);
  }

  /** Update channel metadata */
  @Put()
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  updateChannelMetadata(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { metadata, upsert = false }: PlatformMetadataChangesDto,
  ): Promise<Record<string, string>> {
    return this.metadata.update(actor, channelUrl, metadata, upsert);
  }

  /** Update a channel metadata item */
  @Put(':key')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  @PlatformParam('key', 'The key of the item.', 'theme')
  updateChannelMetadataItem(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('key', METADATA_KEY) key: string,
    @Body() { value, upsert = false }: PlatformMetadataValueDto,
  ): Promise<Record<string, string>> {
    return this.metadata.update(actor, channelUrl, { [key]: value }, upsert);
  }

  /** Delete channel metadata */
  @Delete()
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  deleteChannelMetadata(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() { key }: PlatformMetadataKeyQueryDto,
  ): Promise<void> {
    return this.metadata.remove(actor, channelUrl, key);
  }

  /** Delete a channel metadata item */
  @Delete(':key')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  @PlatformParam('key', 'The key of the item.', 'theme')
  deleteChannelMetadataItem(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('key') key: string,
  ): Promise<void> {
    return this.metadata.remove(actor, channelUrl, key);
  }
}
