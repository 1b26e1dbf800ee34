import { Module } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { UsersModule } from '../../users.module.js';
import { UsersService } from '../../users.service.js';

class ConnectorDisplayNameDto {
  @MaxLength(512)
  @IsString()
  userId: string;
}

@ConnectorHandlers()
export class UsersConnectorHandlers {
  constructor(
    private readonly users: UsersService,
    private readonly ids: ConnectorIds,
  ) {}

  @ConnectorMethod('getUserDisplayName')
  async displayName(_call: ConnectorCall, { userId }: ConnectorDisplayNameDto) {
    return { displayName: (await this.users.get(this.ids.parse(userId))).nickname };
  }
}

@Module({ imports: [ConnectorProtocolModule, UsersModule], providers: [UsersConnectorHandlers] })
export class UsersConnectorModule {}
