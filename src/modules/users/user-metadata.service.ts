import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { metadataExists, metadataNotFound, tooMuchMetadata, userNotFound } from './user.errors.js';
import { UsersRepository } from './users.repository.js';

/** Items that a user may have: the limit of the Platform API. */
export const MAX_METADATA_ITEMS = 5;

type Metadata = Record<string, string>;

/** The operator's notes on a user: a few named strings. */
@Injectable()
export class UserMetadataService {
  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
  ) {}

  /** Adds items. @throws DomainError not_found `user.not_found`; conflict `user.metadata_exists`; invalid `user.too_much_metadata` */
  add(userId: string, items: Metadata): Promise<Metadata> {
    return this.change(userId, (metadata) => {
      const taken = Object.keys(items).find((key) => Object.hasOwn(metadata, key));
      if (taken !== undefined) throw metadataExists(taken);
      return { ...metadata, ...items };
    });
  }

  /**
   * Changes items.
   *
   * @param upsert whether unknown items are added; else they are an error
   * @throws DomainError as `add`; not_found `user.metadata_not_found`
   */
  update(userId: string, items: Metadata, upsert: boolean): Promise<Metadata> {
    return this.change(userId, (metadata) => {
      const unknown = upsert ? undefined : Object.keys(items).find((key) => !Object.hasOwn(metadata, key));
      if (unknown !== undefined) throw metadataNotFound(unknown);
      return { ...metadata, ...items };
    });
  }

  /** @param key undefined for all @throws DomainError not_found `user.not_found`, `user.metadata_not_found` */
  async remove(userId: string, key?: string): Promise<void> {
    await this.change(userId, (metadata) => {
      if (key === undefined) return {};
      if (!Object.hasOwn(metadata, key)) throw metadataNotFound(key);
      return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
    });
  }

  private change(userId: string, work: (metadata: Metadata) => Metadata): Promise<Metadata> {
    return this.database.transaction(async () => {
      const user = await this.users.lock(userId);
      if (!user) throw userNotFound(userId);
      const metadata = work(user.metadata);
      if (Object.keys(metadata).length > MAX_METADATA_ITEMS) throw tooMuchMetadata(MAX_METADATA_ITEMS);
      await this.users.update({ ...user, metadata });
      return metadata;
    });
  }
}
