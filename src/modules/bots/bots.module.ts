import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/index.js';
import { BotAuditSubscriber } from './bot-audit.subscriber.js';
import { BotCommandsRepository, BotEndpointsRepository, BotsRepository } from './bots.repository.js';
import { BotCommandEntity, BotEndpointEntity, BotEntity } from './bot.entity.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { BotCommandsService } from './bot-commands.service.js';
import { BotCredentialsService } from './bot-credentials.service.js';
import { BotsService } from './bots.service.js';

@Module({
  imports: [UsersModule, TypeOrmModule.forFeature([BotEntity, BotEndpointEntity, BotCommandEntity])],
  providers: [
    BotsService,
    BotEndpointsService,
    BotCommandsService,
    BotCredentialsService,
    BotAuditSubscriber,
    BotsRepository,
    BotEndpointsRepository,
    BotCommandsRepository,
  ],
  exports: [BotsService, BotEndpointsService, BotCommandsService, BotCredentialsService],
})
export class BotsModule {}
