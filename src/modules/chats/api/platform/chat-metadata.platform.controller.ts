import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import {
  pickMetadata,
  PlatformAddedMetadataDto,
  PlatformMetadataChangesDto,
  PlatformMetadataKeyQueryDto,
  PlatformMetadataQueryDto,
  PlatformMetadataValueDto,
  PlatformNewMetadataDto,
} from '../../../../protocols/platform/platform-metadata.dto.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import type { Actor } from '../../../auth/index.js';
import { metadataNotFound } from '../../chat.errors.js';
import { ChatsService } from '../../chats.service.js';
import { GroupsService } from '../../groups.service.js';

@PlatformController('group_channels/:channel_url/metadata', 'Channel metadata')
export class ChatMetadataPlatformController {
  constructor(
    private readonly groups: GroupsService,
    private readonly chats: ChatsService,
  ) {}

  /** Add metadata to a channel */
  @Post()
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async add(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { metadata, include_ts = false }: PlatformNewMetadataDto,
  ): Promise<PlatformAddedMetadataDto> {
    await this.groups.addMetadata(actor, channelUrl, metadata);
    return { metadata, include_ts, ...(include_ts ? { ts: Date.now() } : {}) };
  }

  /** View the metadata of a channel */
  @Get()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async view(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformMetadataQueryDto,
  ): Promise<Record<string, string>> {
    return pickMetadata((await this.chats.get(channelUrl)).metadata, query);
  }

  /** View one item of the metadata of a channel */
  @Get(':key')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('key', 'The item.', 'theme')
  async viewOne(@Param('channel_url') channelUrl: string, @Param('key') key: string): Promise<Record<string, string>> {
    const { metadata } = await this.chats.get(channelUrl);
    if (!Object.hasOwn(metadata, key)) throw metadataNotFound(key);
    return { [key]: metadata[key] };
  }

  /** Change the metadata of a channel */
  @Put()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async update(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { metadata, upsert = false }: PlatformMetadataChangesDto,
  ): Promise<Record<string, string>> {
    await this.groups.updateMetadata(actor, channelUrl, metadata, upsert);
    return metadata;
  }

  /** Change one item of the metadata of a channel */
  @Put(':key')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('key', 'The item.', 'theme')
  async updateOne(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('key') key: string,
    @Body() { value, upsert = false }: PlatformMetadataValueDto,
  ): Promise<Record<string, string>> {
    await this.groups.updateMetadata(actor, channelUrl, { [key]: value }, upsert);
    return { [key]: value };
  }

  /** Delete the metadata of a channel */
  @Delete()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async delete(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() { key }: PlatformMetadataKeyQueryDto,
  ): Promise<PlatformEmptyDto> {
    await this.groups.removeMetadata(actor, channelUrl, key);
    return {};
  }

  /** Delete one item of the metadata of a channel */
  @Delete(':key')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('key', 'The item.', 'theme')
  async deleteOne(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('key') key: string,
  ): Promise<PlatformEmptyDto> {
    await this.groups.removeMetadata(actor, channelUrl, key);
    return {};
  }
}
