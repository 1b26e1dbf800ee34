import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { BotsService, EndpointAdded } from '../../bots/index.js';
import { Tokenizer } from '../generation/context/tokenizer.js';

/** Preloads the tokenizer if there are AI bots. It takes about 200 ms and 60 MB. */
@Injectable()
export class TokenizerLoader implements OnApplicationBootstrap {
  constructor(
    private readonly bots: BotsService,
    private readonly tokenizer: Tokenizer,
  ) {}

  onApplicationBootstrap(): void {
    void this.loadWhereNeeded().catch(() => undefined); // the first run loads it then
  }

  @OnDomainEvent(EndpointAdded, 'after-commit')
  async load({ transport }: EndpointAdded): Promise<void> {
    if (transport === 'ai') await this.tokenizer.counter();
  }

  private async loadWhereNeeded(): Promise<void> {
    const aiBots = await this.bots.list({ limit: 1, isAi: true });
    if (aiBots.length > 0) await this.tokenizer.counter();
  }
}
