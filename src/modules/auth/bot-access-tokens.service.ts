import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier } from 'fast-jwt';
import { Settings } from '../../core/config/settings.js';
import { hashToken } from '../../core/crypto/tokens.js';
import { userTopic } from '../users/index.js';
import { accessTokenExpired, accessTokenInvalid, botSuspended, botTokenWrong } from './auth.errors.js';
import { BotTokensRepository, type BotTokenState } from './bot-tokens.repository.js';
import { BotTokensService } from './bot-tokens.service.js';

/** A month, in seconds. */
const LIFETIME_SECONDS = 30 * 86_400;
const ISSUER = 'parley-bot';

/** An issued access token. */
export interface BotAccessToken {
  /** A JSON Web Token. */
  token: string;
  expiresAt: Date;
}

/** The claims of an access token: the bot, and the hash of the bot token that it was issued for. */
export interface BotAccessTokenClaims {
  botId: string;
  tokenHash: Buffer;
}

interface RawClaims {
  sub: string;
  /** The hash of the bot token, in hexadecimal. A token has 160 random bits, so the hash reveals nothing. */
  jti: string;
}

/**
 * Access tokens of bots for the connector: JSON Web Tokens (HS256), valid for a month. An access token is valid only while the bot
 * token is valid that it was issued for.
 */
@Injectable()
export class BotAccessTokensService {
  private readonly sign: (claims: object) => string;
  private readonly verifyToken: (token: string) => RawClaims;

  constructor(
    { JWT_SECRET_KEY }: Settings,
    private readonly tokens: BotTokensService,
    private readonly repository: BotTokensRepository,
  ) {
    this.sign = createSigner({ key: JWT_SECRET_KEY, algorithm: 'HS256', iss: ISSUER });
    this.verifyToken = createVerifier({
      key: JWT_SECRET_KEY,
      algorithms: ['HS256'],
      allowedIss: ISSUER,
      requiredClaims: ['exp', 'sub', 'jti'],
    }) as (token: string) => RawClaims;
  }

  /**
   * Issues an access token in exchange for the bot token.
   *
   * @throws DomainError unauthenticated `bot_access_token.wrong_token`; forbidden `bot_access_token.suspended` for a disabled bot
   */
  async issue(botId: string, botToken: string): Promise<BotAccessToken> {
    const tokenHash = hashToken(botToken);
    const state = await this.repository.stateOf(tokenHash, botId);
    if (state === 'suspended') throw botSuspended();
    if (state !== 'valid') throw botTokenWrong();
    return this.create({ botId, tokenHash });
  }

  /** Issues an access token for the newest token of a bot. @throws DomainError not_found `bot_token.not_found` */
  async issueFor(botId: string): Promise<BotAccessToken> {
    return this.create({ botId, tokenHash: hashToken(await this.tokens.reveal(botId)) });
  }

  /** @throws DomainError unauthenticated `bot_access_token.invalid`, `bot_access_token.expired`; as `issue` */
  async verify(token: string): Promise<BotAccessTokenClaims> {
    const claims = this.decode(token);
    const state = await this.stateOf(claims);
    if (state === 'suspended') throw botSuspended();
    if (state !== 'valid') throw accessTokenInvalid();
    return claims;
  }

  /** The state of the bot token that an access token was issued for. */
  stateOf({ botId, tokenHash }: BotAccessTokenClaims): Promise<BotTokenState> {
    return this.repository.stateOf(tokenHash, botId);
  }

  /** The topic of changes that may invalidate the bot's access tokens. */
  topicOf(botId: string): string {
    return userTopic(botId);
  }

  private create({ botId, tokenHash }: BotAccessTokenClaims): BotAccessToken {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + LIFETIME_SECONDS;
    const token = this.sign({ sub: botId, jti: tokenHash.toString('hex'), iat, exp });
    return { token, expiresAt: new Date(exp * 1000) };
  }

  private decode(token: string): BotAccessTokenClaims {
    try {
      const { sub, jti } = this.verifyToken(token);
      return { botId: sub, tokenHash: Buffer.from(jti, 'hex') };
    } catch (error) {
      throw (error as { code?: string }).code === 'FAST_JWT_EXPIRED' ? accessTokenExpired() : accessTokenInvalid();
    }
  }
}
