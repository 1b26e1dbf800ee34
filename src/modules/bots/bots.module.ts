import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/index.js';
import { BotPassAdministrationService } from './bot-pass-administration.service.js';
import { BotAdministrationService } from './bot-administration.service.js';
import { BotCommandsRepository } from './bot-commands.repository.js';
import { BotCommandEntity } from './bot-command.entity.js';
import { BotEndpointsRepository } from './bot-endpoints.repository.js';
import { BotEndpointEntity } from './bot-endpoint.entity.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { BotSelfService } from './bot-self.service.js';
import { BotEntity } from './bot.entity.js';
import { BotsRepository } from './bots.repository.js';
import { BotsService } from './bots.service.js';

@Module({
  imports: [UsersModule, TypeOrmModule.forFeature([BotEntity, BotEndpointEntity, BotCommandEntity])],
  providers: [
    BotsService,
    BotEndpointsService,
    BotAdministrationService,
    BotPassAdministrationService,
    BotSelfService,
    BotsRepository,
    BotEndpointsRepository,
    BotCommandsRepository,
  ],
  exports: [BotsService, BotEndpointsService, BotAdministrationService, BotPassAdministrationService, BotSelfService],
})
export class BotsModule {}
