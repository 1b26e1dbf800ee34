import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier } from 'fast-jwt';
import { Settings } from '../../core/config/settings.js';
import { hashToken } from '../../core/crypto/tokens.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { userTopic } from '../users/index.js';
import { BotTokensRepository, type BotTokenState } from './bot-tokens.repository.js';
import { BotTokensService } from './bot-tokens.service.js';

/** A month, in seconds. */
const LIFE_S = 30 * 86_400;
const ISSUER = 'parley-bot';

/** A pass as it is handed out. */
export interface BotPass {
  /** A JSON Web Token. */
  token: string;
  expiresAt: Date;
}

/** What a pass says: which bot has it, and by which of its tokens it was made. */
export interface BotPassClaims {
  botId: string;
  tokenHash: Buffer;
}

interface RawClaims {
  sub: string;
  /** The hash of the token, in hexadecimal. A token has 160 random bits, so its hash tells nothing. */
  jti: string;
}

/**
 * Passes of bots: JSON Web Tokens (HS256) that stand for a bot's token for a month. A pass dies with the token that it was made by,
 * and opens nothing while that token does not.
 */
@Injectable()
export class BotPassesService {
  private readonly sign: (claims: object) => string;
  private readonly read: (token: string) => RawClaims;

  constructor(
    { JWT_SECRET_KEY }: Settings,
    private readonly tokens: BotTokensService,
    private readonly repository: BotTokensRepository,
  ) {
    this.sign = createSigner({ key: JWT_SECRET_KEY, algorithm: 'HS256', iss: ISSUER });
    this.read = createVerifier({
      key: JWT_SECRET_KEY,
      algorithms: ['HS256'],
      allowedIss: ISSUER,
      requiredClaims: ['exp', 'sub', 'jti'],
    }) as (token: string) => RawClaims;
  }

  /**
   * A pass for whoever knows the bot's token.
   *
   * @throws DomainError unauthenticated `bot_pass.wrong_token`; forbidden `bot_pass.suspended` for a bot that is disabled
   */
  async issue(botId: string, botToken: string): Promise<BotPass> {
    const tokenHash = hashToken(botToken);
    const state = await this.repository.stateOf(tokenHash, botId);
    if (state === 'suspended') throw suspended();
    if (state !== 'valid') throw wrongToken();
    return this.make({ botId, tokenHash });
  }

  /** A pass by the newest token of a bot, for its operator. @throws DomainError not_found `bot_token.not_found` */
  async issueFor(botId: string): Promise<BotPass> {
    return this.make({ botId, tokenHash: hashToken(await this.tokens.reveal(botId)) });
  }

  /** @throws DomainError unauthenticated `bot_pass.invalid`, `bot_pass.expired`; as `issue` */
  async verify(token: string): Promise<BotPassClaims> {
    const claims = this.decode(token);
    const state = await this.stateOf(claims);
    if (state === 'suspended') throw suspended();
    if (state !== 'valid') throw invalid();
    return claims;
  }

  /** What has become of the token that a pass was made by. */
  stateOf({ botId, tokenHash }: BotPassClaims): Promise<BotTokenState> {
    return this.repository.stateOf(tokenHash, botId);
  }

  /** The live topic of all that may change what becomes of a bot's passes. */
  topicOf(botId: string): string {
    return userTopic(botId);
  }

  private make({ botId, tokenHash }: BotPassClaims): BotPass {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + LIFE_S;
    const token = this.sign({ sub: botId, jti: tokenHash.toString('hex'), iat, exp });
    return { token, expiresAt: new Date(exp * 1000) };
  }

  private decode(token: string): BotPassClaims {
    try {
      const { sub, jti } = this.read(token);
      return { botId: sub, tokenHash: Buffer.from(jti, 'hex') };
    } catch (error) {
      throw (error as { code?: string }).code === 'FAST_JWT_EXPIRED' ? expired() : invalid();
    }
  }
}

const unauthenticated = (code: string, message: string) => new DomainError('unauthenticated', code, message);
const wrongToken = () =>
  unauthenticated('bot_pass.wrong_token', 'The bot is unknown, or the password is not its token.');
const invalid = () =>
  unauthenticated('bot_pass.invalid', 'The token is none that this server has given out, or it was revoked.');
const expired = () => unauthenticated('bot_pass.expired', 'The token has expired: ask for a new one.');
const suspended = () => new DomainError('forbidden', 'bot_pass.suspended', 'This bot is disabled.');
