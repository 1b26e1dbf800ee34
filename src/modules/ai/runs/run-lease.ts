import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { randomHex } from '../../../core/crypto/tokens.js';
import { AiRunEntity } from './ai-run.entity.js';
import { aiSettingsOf, BotsService } from '../../bots/index.js';
import type { BotChatKey } from '../ai.queues.js';
import { ModelTargets } from '../providers/model-targets.js';
import { type ConcurrencyLimits, RunClaimsRepository } from './run-claims.repository.js';
import { StopNotifier } from './stop-notifier.js';

/** Renewals per lease duration. */
const RENEWALS = 6;

/**
 * Why a run stops early.
 *
 * - `requested`: on request, for `reason`, by the user `by`
 * - `lost`: another worker owns the run; nothing may be written
 * - `shutdown`: this process ends
 * - `overtime`: the whole run took too long
 */
export type StopCause =
  { kind: 'requested'; reason: string; by: string } | { kind: 'lost' } | { kind: 'shutdown' } | { kind: 'overtime' };

/** A worker's lease of a run. It is renewed about once per second and stops when the run is requested to stop. */
export class RunLease {
  /** Whether viewers have seen any output. */
  hasOutput = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly overtime: NodeJS.Timeout;
  private readonly unsubscribe: () => void;
  private isRenewing = false;
  private cause: StopCause | undefined;

  /** @param leaseMs until the lease expires. @param runMs limit of the whole run */
  constructor(
    readonly run: AiRunEntity,
    private readonly claims: RunClaimsRepository,
    notifier: StopNotifier,
    private readonly leaseMs: number,
    runMs: number,
  ) {
    const renew = () => void this.renew();
    this.timer = setInterval(renew, leaseMs / RENEWALS);
    this.overtime = setTimeout(() => this.stop({ kind: 'overtime' }), runMs);
    this.unsubscribe = notifier.subscribe(run.id, renew);
    // Stop requests from before the subscription.
    renew();
  }

  get token(): string {
    return this.run.leaseToken!;
  }

  /** Aborted when the run has to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Undefined while the run may go on. */
  get stopCause(): StopCause | undefined {
    return this.cause;
  }

  stop(cause: StopCause): void {
    this.cause ??= cause;
    this.controller.abort();
  }

  end(): void {
    clearInterval(this.timer);
    clearTimeout(this.overtime);
    this.unsubscribe();
  }

  private async renew(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    try {
      const request = await this.claims.renew(this.run.id, this.token, this.leaseMs);
      if (!request) this.stop({ kind: 'lost' });
      else if (request.stopReason) this.stop({ kind: 'requested', reason: request.stopReason, by: request.stoppedBy });
    } catch {
      // The database is unavailable. The next renewal may succeed; otherwise the lease expires.
    } finally {
      this.isRenewing = false;
    }
  }
}

/** Leases runs, each to one worker at a time. */
@Injectable()
export class RunLeases {
  constructor(
    private readonly claims: RunClaimsRepository,
    private readonly bots: BotsService,
    private readonly targets: ModelTargets,
    private readonly notifier: StopNotifier,
    private readonly settings: AiModuleSettings,
  ) {}

  /**
   * Claims the oldest queued run of a chat.
   *
   * @returns undefined if none is queued or one is active in the chat; `no_slot` if the concurrency limit is reached
   */
  async claim(key: BotChatKey): Promise<RunLease | 'no_slot' | undefined> {
    const { AI_LEASE_MS, AI_RUN_MS } = this.settings;
    const run = await this.claims.claim(key, await this.providerOf(key), randomHex(8), AI_LEASE_MS, this.limits);
    return run instanceof AiRunEntity ? new RunLease(run, this.claims, this.notifier, AI_LEASE_MS, AI_RUN_MS) : run;
  }

  /** @returns the chats with runs that wait for the slot of this run */
  findNextWaiting(run: AiRunEntity): Promise<BotChatKey[]> {
    return this.claims.findNextWaiting(run);
  }

  /** Takes over the run of a dead worker. @returns undefined if another worker was faster */
  takeOver(id: string): Promise<AiRunEntity | undefined> {
    return this.claims.reclaim(id, randomHex(8), this.settings.AI_LEASE_MS);
  }

  private get limits(): ConcurrencyLimits {
    const { AI_KEY_CONCURRENCY, AI_BOT_CONCURRENCY } = this.settings;
    return { perKey: AI_KEY_CONCURRENCY || undefined, perBot: AI_BOT_CONCURRENCY || undefined };
  }

  private async providerOf({ botId }: BotChatKey): Promise<string> {
    const profile = await this.bots.find(botId);
    const ai = profile && aiSettingsOf(profile.bot);
    return ai ? this.targets.primaryOf(ai).provider : '';
  }
}
