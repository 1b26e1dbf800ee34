import { Injectable } from '@nestjs/common';
import type { Actor } from '../auth/index.js';
import { type Metadata, MetadataRules } from '../users/index.js';
import { metadataExists, metadataNotFound } from './chat.errors.js';
import { ChatsService } from './chats.service.js';
import { GroupsService } from './groups.service.js';

const RULES = new MetadataRules({ exists: metadataExists, notFound: metadataNotFound });

/** Metadata of a group: named strings, set by the service. */
@Injectable()
export class ChatMetadataService {
  constructor(
    private readonly chats: ChatsService,
    private readonly groups: GroupsService,
  ) {}

  /** All items. @throws DomainError not_found `chat.not_found` */
  async list(chatId: string): Promise<Metadata> {
    return (await this.chats.get(chatId)).metadata;
  }

  /** One item. @throws DomainError not_found `chat.not_found`, `chat.metadata_not_found` */
  async get(chatId: string, key: string): Promise<Metadata> {
    return RULES.pick(await this.list(chatId), key);
  }

  /** Adds items. @returns the added items @throws as `GroupsService.update`; conflict `chat.metadata_exists` */
  async add(actor: Actor, chatId: string, items: Metadata): Promise<Metadata> {
    await this.groups.changeMetadata(actor, chatId, (metadata) => RULES.add(metadata, items));
    return items;
  }

  /**
   * Changes items.
   *
   * @param upsert adds unknown items instead of throwing
   * @returns the changed items
   * @throws as `GroupsService.update`; not_found `chat.metadata_not_found`
   */
  async update(actor: Actor, chatId: string, items: Metadata, upsert: boolean): Promise<Metadata> {
    await this.groups.changeMetadata(actor, chatId, (metadata) => RULES.update(metadata, items, upsert));
    return items;
  }

  /** @param key undefined for all @throws as `update` */
  remove(actor: Actor, chatId: string, key?: string): Promise<void> {
    return this.groups.changeMetadata(actor, chatId, (metadata) => RULES.remove(metadata, key));
  }
}
