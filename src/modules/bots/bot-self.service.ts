import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { type Actor, mayActAs } from '../auth/index.js';
import { UsersService } from '../users/index.js';
import { BotCommandsRepository } from './bot-commands.repository.js';
import type { BotCommandEntity } from './bot-command.entity.js';
import { commandNotFound, foreignCommand, notThisBot, tooManyCommands } from './bot.errors.js';
import { type BotProfile, BotsRepository } from './bots.repository.js';
import { BotsService } from './bots.service.js';

/** Maximum number of commands of a bot. Lists return all of them. */
export const MAX_COMMANDS = 100;

export interface EditBot {
  nickname?: string;
  description?: string;
  profileUrl?: string;
}

export type EditCommand = Partial<Pick<BotCommandEntity, 'alias' | 'description'>>;

/** Operations that a bot performs on itself. */
@Injectable()
export class BotSelfService {
  constructor(
    private readonly bots: BotsService,
    private readonly repository: BotsRepository,
    private readonly ownCommands: BotCommandsRepository,
    private readonly users: UsersService,
    private readonly database: Database,
  ) {}

  /** @throws DomainError not_found `bot.not_found`; conflict `bot.name_taken` */
  async edit(actor: Actor, botId: string, { nickname, description, profileUrl }: EditBot): Promise<BotProfile> {
    if (!mayActAs(actor, botId)) throw notThisBot();
    return this.database.transaction(async () => {
      const { user } = await this.bots.get(botId);
      if (nickname !== undefined && nickname !== user.nickname) await this.bots.claimName(nickname);
      if (description !== undefined) await this.repository.update(botId, { description });
      await this.users.update(botId, {
        ...(nickname === undefined ? {} : { nickname }),
        ...(profileUrl === undefined ? {} : { profileUrl }),
      });
      return this.bots.get(botId);
    });
  }

  /** Adds all commands or none. @throws DomainError not_found `bot.not_found`; invalid `command.too_many` */
  async addCommands(
    actor: Actor,
    botId: string,
    commands: readonly { alias: string; description?: string }[],
  ): Promise<void> {
    if (!mayActAs(actor, botId)) throw notThisBot();
    const entities = commands.map(({ alias, description = '' }) => ({ id: newId(), botId, alias, description }));
    await this.database.transaction(async () => {
      await this.repository.lockName(botId); // of two concurrent calls, the second counts the commands of the first
      const existing = await this.bots.commands(botId);
      if (existing.length + entities.length > MAX_COMMANDS) throw tooManyCommands(MAX_COMMANDS);
      if (entities.length > 0) await this.ownCommands.insert(entities);
    });
  }

  /**
   * Changes a command. Omitted fields stay unchanged.
   *
   * @throws DomainError not_found `command.not_found`; forbidden `command.not_yours`
   */
  async editCommand(actor: Actor, botId: string, commandId: string, changes: EditCommand): Promise<BotCommandEntity> {
    const command = await this.ownCommand(actor, botId, commandId, 'change');
    const edited = {
      ...command,
      alias: changes.alias ?? command.alias,
      description: changes.description ?? command.description,
    };
    if (!(await this.ownCommands.update(commandId, edited))) throw commandNotFound();
    return edited;
  }

  /** @throws DomainError not_found `command.not_found`; forbidden `command.not_yours` */
  async removeCommand(actor: Actor, botId: string, commandId: string): Promise<void> {
    await this.ownCommand(actor, botId, commandId, 'delete');
    if (!(await this.ownCommands.delete(commandId))) throw commandNotFound();
  }

  commands(botId: string): Promise<BotCommandEntity[]> {
    return this.bots.commands(botId);
  }

  private async ownCommand(actor: Actor, botId: string, commandId: string, act: string): Promise<BotCommandEntity> {
    if (!mayActAs(actor, botId)) throw notThisBot();
    const command = await this.ownCommands.find(commandId);
    if (!command) throw commandNotFound();
    if (command.botId !== botId) throw foreignCommand(act);
    return command;
  }
}
