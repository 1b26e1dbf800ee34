import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Encryptor } from '../../core/crypto/encryptor.js';
import { newSigningSecret } from '../../core/crypto/tokens.js';
import { Settings } from '../../core/config/settings.js';
import { Database, settleAll } from '../../core/database/database.js';
import { checkOutgoingUrl } from '../../core/http/outgoing/outgoing-url.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, canActAs, requireService } from '../auth/index.js';
import type { AiSettings } from './ai-settings.js';
import { type BodyFormat, BotEndpointEntity, type Transport } from './bot.entity.js';
import { BotEndpointsRepository, BotsRepository } from './bots.repository.js';
import { botNotFound, callbackUrlRejected, endpointNotFound, notThisBot } from './bot.errors.js';
import { EndpointAdded, EndpointChanged, EndpointRemoving } from './bot.events.js';

/** An endpoint to set. A bot has at most one endpoint per transport and format. */
export interface EndpointSpec {
  transport: Transport;
  format: BodyFormat;
  url?: string;
  /** Sent unchanged in the `Authorization` header. */
  authorization?: string | null;
  ai?: AiSettings;
}

/** Manages the endpoints of bots. */
@Injectable()
export class BotEndpointsService {
  constructor(
    private readonly bots: BotsRepository,
    private readonly endpoints: BotEndpointsRepository,
    private readonly database: Database,
    private readonly events: DomainEvents,
    private readonly encryptor: Encryptor,
    private readonly settings: Settings,
  ) {}

  /**
   * Checks a URL before the transaction begins: the check resolves the host name, and no transaction should wait for that.
   *
   * @throws DomainError invalid `callback.url_invalid`, `callback.port_not_allowed`, `callback.url_not_allowed`
   */
  async checkUrl(url: string | undefined): Promise<void> {
    if (!url) return;
    const { CALLBACK_ALLOW_PRIVATE: allowPrivate, publicUrl: ownUrl } = this.settings;
    const rejection = await checkOutgoingUrl(url, { allowPrivate, ownUrl });
    if (rejection) throw callbackUrlRejected(rejection);
  }

  /**
   * Creates the endpoint, or changes the one with the same transport and format. The signing secret stays the same. Callbacks of the
   * Platform API are also signed with the API token, so only an API credential can set their URL.
   *
   * @throws DomainError not_found `bot.not_found`; forbidden `auth.operator_only`; as `checkUrl`, unless a transaction is open
   */
  async set(actor: Actor, botId: string, spec: EndpointSpec): Promise<BotEndpointEntity> {
    if (!canActAs(actor, botId)) throw notThisBot();
    if (spec.format === 'platform') requireService(actor);
    // Within a transaction, the caller has already checked the URL.
    if (!this.database.inTransaction) await this.checkUrl(spec.url);
    return this.database.transaction(async () => {
      const profile = await this.bots.lock(botId);
      if (!profile) throw botNotFound(botId);
      const isSame = ({ transport, format }: BotEndpointEntity) =>
        transport === spec.transport && format === spec.format;
      return this.upsert(botId, spec, profile.bot.endpoints.find(isSame));
    });
  }

  /** As `set`, with the existing endpoint already loaded, in an open transaction and after the permission check. */
  upsert(botId: string, spec: EndpointSpec, existing: BotEndpointEntity | undefined): Promise<BotEndpointEntity> {
    return existing ? this.change(existing, spec) : this.add(botId, spec);
  }

  /** The bot's endpoint of a transport without URL; created on first use. Its format has the same name. */
  async ensure(botId: string, transport: Transport & BodyFormat): Promise<BotEndpointEntity> {
    const existing = await this.endpoints.find(botId, transport, transport);
    if (existing) return existing;
    return this.database.transaction(async () => {
      await this.bots.lockName(botId); // of two concurrent calls, the second finds the endpoint of the first
      const created = await this.endpoints.find(botId, transport, transport);
      return created ?? this.add(botId, { transport, format: transport });
    });
  }

  /** @throws DomainError not_found `endpoint.not_found` */
  async get(actor: Actor, botId: string, transport: Transport, format: BodyFormat): Promise<BotEndpointEntity> {
    if (!canActAs(actor, botId)) throw notThisBot();
    const endpoint = await this.endpoints.find(botId, transport, format);
    if (!endpoint) throw endpointNotFound();
    return endpoint;
  }

  /** @throws DomainError not_found `endpoint.not_found` */
  async remove(actor: Actor, botId: string, transport: Transport, format: BodyFormat): Promise<void> {
    await this.database.transaction(async () => {
      await this.removeOne(await this.get(actor, botId, transport, format));
    });
  }

  /** @param isWithBot whether the bot itself is deleted, too */
  async removeAll(endpoints: readonly BotEndpointEntity[], isWithBot = false): Promise<void> {
    await settleAll(endpoints.map((endpoint) => this.removeOne(endpoint, isWithBot)));
  }

  /** Finds an endpoint of any transport. @throws DomainError not_found `endpoint.not_found` */
  async getById(actor: Actor, id: string): Promise<BotEndpointEntity> {
    requireService(actor);
    const endpoint = await this.endpoints.findById(id);
    if (!endpoint) throw endpointNotFound();
    return endpoint;
  }

  /**
   * Rotates the signing secret of an endpoint. During the overlap, callbacks are signed with both secrets, so that a receiver can switch
   * without rejecting any.
   *
   * @returns the new secret
   */
  async rotateSigningSecret(actor: Actor, id: string, overlapSeconds: number): Promise<string> {
    const endpoint = await this.getById(actor, id);
    const secret = newSigningSecret();
    await this.endpoints.update(id, {
      signingSecretEncrypted: this.encryptor.encrypt(secret),
      previousSecretEncrypted: endpoint.signingSecretEncrypted,
      previousSecretUntil: new Date(Date.now() + overlapSeconds * 1000),
    });
    return secret;
  }

  /** The previous secret, while it is still valid. */
  revealPreviousSecret({ previousSecretEncrypted, previousSecretUntil }: BotEndpointEntity): string | undefined {
    const isValid = previousSecretEncrypted && previousSecretUntil && previousSecretUntil.getTime() > Date.now();
    return isValid ? this.encryptor.decrypt(previousSecretEncrypted) : undefined;
  }

  revealSigningSecret(endpoint: BotEndpointEntity): string {
    return this.encryptor.decrypt(endpoint.signingSecretEncrypted);
  }

  revealAuthorization(endpoint: BotEndpointEntity): string | undefined {
    return endpoint.authorizationEncrypted ? this.encryptor.decrypt(endpoint.authorizationEncrypted) : undefined;
  }

  private async add(botId: string, spec: EndpointSpec): Promise<BotEndpointEntity> {
    const endpoint = Object.assign(new BotEndpointEntity(), {
      id: newId(),
      botId,
      transport: spec.transport,
      format: spec.format,
      url: spec.url ?? '',
      signingSecretEncrypted: this.encryptor.encrypt(newSigningSecret()),
      previousSecretEncrypted: null,
      previousSecretUntil: null,
      authorizationEncrypted: spec.authorization ? this.encryptor.encrypt(spec.authorization) : null,
      ai: spec.ai ?? null,
      generation: 1,
      createdAt: new Date(),
    });
    await settleAll([
      this.endpoints.insert(endpoint),
      this.events.publish(new EndpointAdded(endpoint.id, botId, spec.transport)),
    ]);
    return endpoint;
  }

  private async change(endpoint: BotEndpointEntity, spec: EndpointSpec): Promise<BotEndpointEntity> {
    const url = spec.url ?? endpoint.url;
    const changes = {
      url,
      ai: spec.ai ?? endpoint.ai,
      generation: endpoint.generation + (url === endpoint.url ? 0 : 1),
      ...(spec.authorization === undefined
        ? {}
        : { authorizationEncrypted: spec.authorization ? this.encryptor.encrypt(spec.authorization) : null }),
    };
    await settleAll([
      this.endpoints.update(endpoint.id, changes),
      this.events.publish(new EndpointChanged(endpoint.id)),
    ]);
    return Object.assign(endpoint, changes);
  }

  private async removeOne({ id, botId, transport }: BotEndpointEntity, isWithBot = false): Promise<void> {
    const event = new EndpointRemoving(id, botId, transport, isWithBot);
    await settleAll([this.events.publish(event), this.endpoints.delete(id)]);
  }
}
