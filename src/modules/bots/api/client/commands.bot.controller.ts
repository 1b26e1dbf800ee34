import { Body, Delete, Get, Param, Post, Put } from '@nestjs/common';
import { ApiBody, ApiParam } from '@nestjs/swagger';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ListValidationPipe } from '../../../../protocols/client/client-validation.pipe.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotCommandsService } from '../../bot-commands.service.js';
import { ClientBotCommandDto, ClientAddCommandDto, ClientEditCommandDto } from './bots.client.dto.js';
import { toClientBotCommand, toEditCommand } from './bots.client.mapper.js';

@BotController('Commands')
export class CommandsBotController {
  constructor(private readonly commands: BotCommandsService) {}

  /**
   * List the bot's commands
   *
   * @remarks Sorted by the time they were added, oldest first.
   */
  @Get('bot/commands')
  @ClientErrors({ 404: ['Bot not found.'] })
  async listCommands(@CurrentActor() actor: Actor): Promise<ClientBotCommandDto[]> {
    return (await this.commands.list(actor.id)).map(toClientBotCommand);
  }

  /**
   * Add commands
   *
   * @remarks Adds all commands, or none if one is invalid. A bot can have at most 100 commands. Aliases need not be unique.
   */
  @Post('bot/commands')
  @MessageResponse('Commands added.', 201)
  @ApiBody({ type: [ClientAddCommandDto] })
  @ClientErrors({
    400: [
      'command alias must not be empty',
      'command alias should not be longer than 32 characters',
      'command alias should contain only lower case English letters, numbers, underscores and dashes',
      'command description should not be longer than 128 characters',
      ['command.too_many', 'A bot can have at most 100 commands.'],
    ],
  })
  addCommands(
    @CurrentActor() actor: Actor,
    @Body(new ListValidationPipe(ClientAddCommandDto)) commands: ClientAddCommandDto[],
  ): Promise<void> {
    return this.commands.add(actor, actor.id, commands);
  }

  /** Update a command */
  @Put('bot/command/:id')
  @ApiParam({ name: 'id', description: 'The id of the command.', example: '01hcjd34adz1va07vk97jfjmgq' })
  @ClientErrors({
    400: [
      'command alias should not be longer than 32 characters',
      'command alias should contain only lower case English letters, numbers, underscores and dashes',
      'command description should not be longer than 128 characters',
    ],
    403: [['command.not_yours', "Can't change a command that belongs to another bot."]],
    404: ['Command not found.'],
  })
  async updateCommand(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ClientEditCommandDto,
  ): Promise<ClientBotCommandDto> {
    return toClientBotCommand(await this.commands.edit(actor, actor.id, id, toEditCommand(body)));
  }

  /** Delete a command */
  @Delete('bot/command/:id')
  @MessageResponse('Command removed.')
  @ApiParam({ name: 'id', description: 'The id of the command.', example: '01hcjd34adz1va07vk97jfjmgq' })
  @ClientErrors({
    403: [['command.not_yours', "Can't delete a command that belongs to another bot."]],
    404: ['Command not found.'],
  })
  deleteCommand(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.commands.remove(actor, actor.id, id);
  }
}
