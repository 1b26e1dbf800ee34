import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../../core/database/database.js';
import { UserEntity } from './user.entity.js';

@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** @returns false when the id is taken */
  async insert(user: UserEntity): Promise<boolean> {
    const result = await this.database.manager
      .createQueryBuilder()
      .insert()
      .into(UserEntity)
      .values(user)
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }

  async update(id: string, changes: Partial<Omit<UserEntity, 'id' | 'kind'>>): Promise<void> {
    await this.database.manager.update(UserEntity, { id }, changes);
  }

  async delete(id: string): Promise<void> {
    await this.database.manager.delete(UserEntity, { id });
  }

  find(id: string): Promise<UserEntity | null> {
    return this.database.manager.findOneBy(UserEntity, { id });
  }

  findMany(ids: readonly string[]): Promise<UserEntity[]> {
    return this.database.manager.findBy(UserEntity, { id: In([...ids]) });
  }

  botNameExists(nickname: string): Promise<boolean> {
    return this.database.manager.existsBy(UserEntity, { kind: 'bot', nickname });
  }
}
