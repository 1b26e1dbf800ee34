import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { randomHex } from '../../../core/crypto/tokens.js';
import { AiRunEntity } from '../ai-run.entity.js';
import { aiOf, BotsService } from '../../bots/index.js';
import type { RunKey } from '../ai-runs.repository.js';
import { ModelTargets } from '../model/model-targets.js';
import { type Places, RunClaimsRepository } from '../run-claims.repository.js';
import { StopHints } from '../stop-hints.js';

/** So often a lease is renewed before it would run out. */
const RENEWALS = 6;

/**
 * Why a run ends before its answer does.
 *
 * - `ordered`: somebody wants it: `reason` and `by` say what for, and who
 * - `lost`: another worker has it; nothing may be written any more
 * - `shutdown`: this process ends
 * - `overtime`: the answer as a whole took too long
 */
export type Stop =
  { kind: 'ordered'; reason: string; by: string } | { kind: 'lost' } | { kind: 'shutdown' } | { kind: 'overtime' };

/** A worker's hold of a run: renewed about each second, and let go when somebody wants the run to stop. */
export class RunLease {
  /** Whether anybody has seen a word of the answer. */
  hasSpoken = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly overtime: NodeJS.Timeout;
  private readonly endHints: () => void;
  private looking = false;
  private cause: Stop | undefined;

  /** @param leaseMs of one renewal. @param runMs for the whole answer */
  constructor(
    readonly run: AiRunEntity,
    private readonly claims: RunClaimsRepository,
    hints: StopHints,
    private readonly leaseMs: number,
    runMs: number,
  ) {
    const look = () => void this.look();
    this.timer = setInterval(look, leaseMs / RENEWALS);
    this.overtime = setTimeout(() => this.stop({ kind: 'overtime' }), runMs);
    this.endHints = hints.listen(run.id, look);
    // Orders that came before we listened.
    look();
  }

  get token(): string {
    return this.run.leaseToken!;
  }

  /** Aborted when the run is to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why it was stopped, if it was. */
  get stopped(): Stop | undefined {
    return this.cause;
  }

  stop(cause: Stop): void {
    this.cause ??= cause;
    this.controller.abort();
  }

  end(): void {
    clearInterval(this.timer);
    clearTimeout(this.overtime);
    this.endHints();
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const order = await this.claims.renew(this.run.id, this.token, this.leaseMs);
      if (!order) this.stop({ kind: 'lost' });
      else if (order.stopReason) this.stop({ kind: 'ordered', reason: order.stopReason, by: order.stoppedBy });
    } catch {
      // The database is away: the next look may find it. If it stays away, the lease runs out.
    } finally {
      this.looking = false;
    }
  }
}

/** Hands out runs, each to one worker at a time. */
@Injectable()
export class RunLeases {
  constructor(
    private readonly claims: RunClaimsRepository,
    private readonly bots: BotsService,
    private readonly targets: ModelTargets,
    private readonly hints: StopHints,
    private readonly settings: Settings,
  ) {}

  /**
   * The oldest run that waits in a chat.
   *
   * @returns undefined when none does, or another one of the chat is under way; `crowded` when it has to wait for those of other chats
   */
  async claim(key: RunKey): Promise<RunLease | 'crowded' | undefined> {
    const { AI_LEASE_MS, AI_RUN_MS } = this.settings;
    const run = await this.claims.claim(key, await this.providerOf(key), randomHex(8), AI_LEASE_MS, this.places);
    return run instanceof AiRunEntity ? new RunLease(run, this.claims, this.hints, AI_LEASE_MS, AI_RUN_MS) : run;
  }

  /** The chats in which somebody waits for the place of a run that is over. */
  next(run: AiRunEntity): Promise<RunKey[]> {
    return this.claims.next(run);
  }

  /** The run of a worker that is gone. @returns undefined when another one was faster */
  takeOver(id: string): Promise<AiRunEntity | undefined> {
    return this.claims.reclaim(id, randomHex(8), this.settings.AI_LEASE_MS);
  }

  private get places(): Places {
    const { AI_KEY_CONCURRENCY, AI_BOT_CONCURRENCY } = this.settings;
    return { ofKey: AI_KEY_CONCURRENCY || undefined, ofBot: AI_BOT_CONCURRENCY || undefined };
  }

  private async providerOf({ botId }: RunKey): Promise<string> {
    const profile = await this.bots.find(botId);
    const ai = profile && aiOf(profile.bot);
    return ai ? this.targets.of(ai).provider : '';
  }
}
