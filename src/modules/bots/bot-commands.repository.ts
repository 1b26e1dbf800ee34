import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { BotCommandEntity } from './bot.entity.js';

@Injectable()
export class BotCommandsRepository {
  constructor(private readonly database: Database) {}

  /** Oldest first. */
  findByBot(botId: string): Promise<BotCommandEntity[]> {
    return this.database.manager.find(BotCommandEntity, { where: { botId }, order: { id: 'ASC' } });
  }

  async insert(commands: BotCommandEntity[]): Promise<void> {
    await this.database.manager.insert(BotCommandEntity, commands);
  }

  find(id: string): Promise<BotCommandEntity | null> {
    return this.database.manager.findOneBy(BotCommandEntity, { id });
  }

  /** @returns false if it does not exist */
  async update(id: string, changes: Partial<BotCommandEntity>): Promise<boolean> {
    return (await this.database.manager.update(BotCommandEntity, { id }, changes)).affected === 1;
  }

  /** @returns false if it did not exist */
  async delete(id: string): Promise<boolean> {
    return (await this.database.manager.delete(BotCommandEntity, { id })).affected === 1;
  }
}
