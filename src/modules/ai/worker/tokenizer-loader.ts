import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { BotsService, EndpointAdded } from '../../bots/index.js';
import { Tokenizer } from '../context/tokenizer.js';

/** Loads the tokenizer before anybody waits for it, where there are AI bots: it takes a fifth of a second, and 60 MB. */
@Injectable()
export class TokenizerLoader implements OnApplicationBootstrap {
  constructor(
    private readonly bots: BotsService,
    private readonly tokenizer: Tokenizer,
  ) {}

  onApplicationBootstrap(): void {
    void this.loadWhereNeeded().catch(() => undefined); // then the first answer waits for it
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
