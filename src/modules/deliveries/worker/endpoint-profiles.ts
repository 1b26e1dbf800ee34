import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BotTokensService } from '../../auth/index.js';
import { type BotEndpointEntity, type BotProfile, BotsService } from '../../bots/index.js';
import { LanesRepository } from '../lanes.repository.js';

/** An endpoint with the bot that is reached there. */
export interface EndpointProfile {
  endpoint: BotEndpointEntity;
  profile: BotProfile;
  botToken: string;
}

interface Remembered extends EndpointProfile {
  version: string;
}

/**
 * Whom each endpoint belongs to. Remembered for as long as no row that it was made of has changed, which is asked each time:
 * so a change counts from the next turn on, and the rest of the time five queries are one.
 */
@Injectable()
export class EndpointProfiles {
  private readonly remembered = new LRUCache<string, Remembered>({ max: 2000 });

  constructor(
    private readonly lanes: LanesRepository,
    private readonly bots: BotsService,
    private readonly tokens: BotTokensService,
  ) {}

  /** @returns those that exist, by the endpoint's id */
  async read(endpointIds: Iterable<string>): Promise<Map<string, EndpointProfile>> {
    const versions = await this.lanes.endpointVersions([...new Set(endpointIds)]);
    const found = await Promise.all(versions.map((row) => this.recall(row)));
    return new Map(found.flatMap((profile) => (profile ? [[profile.endpoint.id, profile]] : [])));
  }

  private async recall(row: { id: string; botId: string; version: string }): Promise<EndpointProfile | undefined> {
    const known = this.remembered.get(row.id);
    if (known?.version === row.version) return known;
    const [profile, tokens] = await Promise.all([this.bots.find(row.botId), this.tokens.revealMany([row.botId])]);
    const endpoint = profile?.bot.endpoints.find(({ id }) => id === row.id);
    if (!profile || !endpoint) return undefined;
    const fresh = { version: row.version, endpoint, profile, botToken: tokens.get(row.botId) ?? '' };
    this.remembered.set(row.id, fresh);
    return fresh;
  }
}
