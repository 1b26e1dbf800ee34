import { Injectable } from '@nestjs/common';
import { FailureThrottle } from '../../../../core/throttle/failure-throttle.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { BotEndpointsService } from '../../../bots/index.js';
import { type BotPass, BotPassesService } from '../../bot-passes.service.js';
import type { ConnectorTokenRequestDto } from './oauth.connector.dto.js';

/** Gives bots the tokens for their sockets, and makes those wait who guess passwords. */
@Injectable()
export class ConnectorTokens {
  constructor(
    private readonly passes: BotPassesService,
    private readonly endpoints: BotEndpointsService,
    private readonly ids: ConnectorIds,
    private readonly throttle: FailureThrottle,
  ) {}

  /** From the first token on, what is said to the bot is kept for its sockets. @param address who asks */
  async issue({ username, password }: ConnectorTokenRequestDto, address: string): Promise<BotPass> {
    const botId = this.ids.parse(username);
    const pass = await this.passes.issue(botId, password).catch(async (error: unknown) => {
      await this.throttle.fail(address);
      throw error;
    });
    await this.endpoints.ensure(botId, 'connector');
    return pass;
  }
}
