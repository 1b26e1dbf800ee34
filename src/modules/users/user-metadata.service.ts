import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { type Metadata, MetadataRules } from './metadata.js';
import { metadataExists, metadataNotFound, tooMuchMetadata, userNotFound } from './user.errors.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Maximum items of a user: the limit of the Platform API. */
export const MAX_METADATA_ITEMS = 5;

const RULES = new MetadataRules({ exists: metadataExists, notFound: metadataNotFound });

/** Metadata of a user: a few named strings, set by the service. */
@Injectable()
export class UserMetadataService {
  constructor(
    private readonly users: UsersService,
    private readonly repository: UsersRepository,
    private readonly database: Database,
  ) {}

  /** All items. @throws DomainError not_found `user.not_found` */
  async list(userId: string): Promise<Metadata> {
    return (await this.users.get(userId)).metadata;
  }

  /** One item. @throws DomainError not_found `user.not_found`, `user.metadata_not_found` */
  async get(userId: string, key: string): Promise<Metadata> {
    return RULES.pick(await this.list(userId), key);
  }

  /**
   * Adds items.
   *
   * @returns the added items
   * @throws DomainError not_found `user.not_found`; conflict `user.metadata_exists`; invalid `user.too_much_metadata`
   */
  async add(userId: string, items: Metadata): Promise<Metadata> {
    await this.change(userId, (metadata) => RULES.add(metadata, items));
    return items;
  }

  /**
   * Changes items.
   *
   * @param upsert adds unknown items instead of throwing
   * @returns the changed items
   * @throws DomainError as `add`; not_found `user.metadata_not_found`
   */
  async update(userId: string, items: Metadata, upsert: boolean): Promise<Metadata> {
    await this.change(userId, (metadata) => RULES.update(metadata, items, upsert));
    return items;
  }

  /** @param key undefined for all @throws DomainError not_found `user.not_found`, `user.metadata_not_found` */
  remove(userId: string, key?: string): Promise<void> {
    return this.change(userId, (metadata) => RULES.remove(metadata, key));
  }

  private change(userId: string, work: (metadata: Metadata) => Metadata): Promise<void> {
    return this.database.transaction(async () => {
      const user = await this.repository.lock(userId);
      if (!user) throw userNotFound(userId);
      const metadata = work(user.metadata);
      if (Object.keys(metadata).length > MAX_METADATA_ITEMS) throw tooMuchMetadata(MAX_METADATA_ITEMS);
      await this.repository.update({ ...user, metadata });
    });
  }
}
