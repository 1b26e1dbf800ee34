import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BotTokensService } from '../../auth/index.js';
import { type BotEndpointEntity, type BotProfile, BotsService } from '../../bots/index.js';
import { SubscriptionsRepository } from '../subscriptions.repository.js';

/** An endpoint with its bot. */
export interface EndpointProfile {
  endpoint: BotEndpointEntity;
  profile: BotProfile;
  botToken: string;
}

interface CachedProfile extends EndpointProfile {
  version: string;
}

/**
 * Loads and caches endpoints with their bots. Each read compares the versions of the rows, so a change takes effect with the next turn,
 * and a cached profile needs one query instead of five.
 */
@Injectable()
export class EndpointProfiles {
  private readonly cache = new LRUCache<string, CachedProfile>({ max: 2000 });

  constructor(
    private readonly subscriptions: SubscriptionsRepository,
    private readonly bots: BotsService,
    private readonly tokens: BotTokensService,
  ) {}

  /** @returns the existing endpoints, by id */
  async read(endpointIds: Iterable<string>): Promise<Map<string, EndpointProfile>> {
    const versions = await this.subscriptions.endpointVersions([...new Set(endpointIds)]);
    const found = await Promise.all(versions.map((row) => this.load(row)));
    return new Map(found.flatMap((profile) => (profile ? [[profile.endpoint.id, profile]] : [])));
  }

  private async load(row: { id: string; botId: string; version: string }): Promise<EndpointProfile | undefined> {
    const known = this.cache.get(row.id);
    if (known?.version === row.version) return known;
    const [profile, tokens] = await Promise.all([this.bots.find(row.botId), this.tokens.revealMany([row.botId])]);
    const endpoint = profile?.bot.endpoints.find(({ id }) => id === row.id);
    if (!profile || !endpoint) return undefined;
    const fresh = { version: row.version, endpoint, profile, botToken: tokens.get(row.botId) ?? '' };
    this.cache.set(row.id, fresh);
    return fresh;
  }
}
