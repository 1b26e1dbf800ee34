import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotTokenEntity } from './bot-token.entity.js';
import { BotTokensRepository } from './bot-tokens.repository.js';
import { BotTokensService } from './bot-tokens.service.js';
import { OperatorKeysService } from './operator-keys.service.js';
import { SessionsService } from './sessions.service.js';

/** Global, since the guard of every face needs it. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([BotTokenEntity])],
  providers: [BotTokensService, BotTokensRepository, OperatorKeysService, SessionsService],
  exports: [BotTokensService, OperatorKeysService, SessionsService],
})
export class AuthModule {}
