import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { type Actor, canActAs } from '../auth/index.js';
import { BotCommandsRepository, BotsRepository } from './bots.repository.js';
import type { BotCommandEntity } from './bot.entity.js';
import { commandNotFound, notOwnCommand, notThisBot, tooManyCommands } from './bot.errors.js';
import { BotsService } from './bots.service.js';

/** Maximum number of commands of a bot. Lists return all of them. */
export const MAX_COMMANDS = 100;

export type EditCommand = Partial<Pick<BotCommandEntity, 'alias' | 'description'>>;

/** The commands that a bot offers. Only the bot itself changes them. */
@Injectable()
export class BotCommandsService {
  constructor(
    private readonly bots: BotsService,
    private readonly repository: BotsRepository,
    private readonly commands: BotCommandsRepository,
    private readonly database: Database,
  ) {}

  /** Sorted by the time they were added, oldest first. @throws DomainError not_found `bot.not_found` */
  async list(botId: string): Promise<BotCommandEntity[]> {
    await this.bots.get(botId);
    return this.commands.findByBot(botId);
  }

  /** Adds all commands or none. @throws DomainError not_found `bot.not_found`; invalid `command.too_many` */
  async add(actor: Actor, botId: string, commands: readonly { alias: string; description?: string }[]): Promise<void> {
    if (!canActAs(actor, botId)) throw notThisBot();
    const entities = commands.map(({ alias, description = '' }) => ({ id: newId(), botId, alias, description }));
    await this.database.transaction(async () => {
      await this.repository.lockName(botId); // of two concurrent calls, the second counts the commands of the first
      const existing = await this.list(botId);
      if (existing.length + entities.length > MAX_COMMANDS) throw tooManyCommands(MAX_COMMANDS);
      if (entities.length > 0) await this.commands.insert(entities);
    });
  }

  /**
   * Changes a command. Omitted fields stay unchanged.
   *
   * @throws DomainError not_found `command.not_found`; forbidden `command.not_yours`
   */
  async edit(actor: Actor, botId: string, commandId: string, changes: EditCommand): Promise<BotCommandEntity> {
    const command = await this.ownCommand(actor, botId, commandId, 'change');
    const edited = {
      ...command,
      alias: changes.alias ?? command.alias,
      description: changes.description ?? command.description,
    };
    if (!(await this.commands.update(commandId, edited))) throw commandNotFound();
    return edited;
  }

  /** @throws DomainError not_found `command.not_found`; forbidden `command.not_yours` */
  async remove(actor: Actor, botId: string, commandId: string): Promise<void> {
    await this.ownCommand(actor, botId, commandId, 'delete');
    if (!(await this.commands.delete(commandId))) throw commandNotFound();
  }

  private async ownCommand(actor: Actor, botId: string, commandId: string, act: string): Promise<BotCommandEntity> {
    if (!canActAs(actor, botId)) throw notThisBot();
    const command = await this.commands.find(commandId);
    if (!command) throw commandNotFound();
    if (command.botId !== botId) throw notOwnCommand(act);
    return command;
  }
}
