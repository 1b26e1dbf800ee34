import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Settings } from '../../core/config/settings.js';
import { Database, statement } from '../../core/database/database.js';
import { LiveBus } from '../../core/live/live-bus.js';
import { userTopic } from '../users/index.js';

/** A revoked session is refused everywhere within this time, also when the hint of it is lost. */
const POLL_MS = 1000;
/** Those that were committed a little late are looked at again; and clocks of the database do not jump far. */
const OVERLAP_SECONDS = 15;
const TOPIC = 'session-cutoffs';

const REVOKE = statement(
  'session_cutoffs.revoke',
  `INSERT INTO session_cutoffs (user_id, cutoff, revoked_at) VALUES ($1, $2, clock_timestamp())
   ON CONFLICT (user_id) DO UPDATE SET cutoff = greatest(session_cutoffs.cutoff, excluded.cutoff), revoked_at = excluded.revoked_at`,
);
const LATEST = statement(
  'session_cutoffs.latest',
  `SELECT user_id AS "userId", cutoff FROM session_cutoffs WHERE revoked_at > now() - $1 * interval '1 second'`,
);

/**
 * Whose sessions were revoked. All of them are kept in memory in every process, so that a request costs no query: few people ever
 * do this, and after a session's lifetime it is over anyway.
 */
@Injectable()
export class SessionCutoffs implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SessionCutoffs.name);
  private readonly cutoffs = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe = (): void => undefined;
  private isLooking = false;

  constructor(
    private readonly settings: Settings,
    private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly live: LiveBus,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.settings.ROLES.includes('api')) return; // workers let nobody in
    await this.look(this.config.limits.user.authTokenLifetime * 60 + OVERLAP_SECONDS);
    this.unsubscribe = this.live.subscribe(TOPIC, () => void this.refresh());
    this.timer = setInterval(() => void this.refresh(), POLL_MS).unref();
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    clearInterval(this.timer);
  }

  /** @returns the last second whose sessions of this user are no good; undefined when all are */
  of(userId: string): number | undefined {
    return this.cutoffs.get(userId);
  }

  /** Ends all sessions that a user has up to now. @returns the cutoff */
  async set(userId: string): Promise<number> {
    const cutoff = Math.floor(Date.now() / 1000);
    await this.database.query(REVOKE, [userId, cutoff]);
    this.database.afterCommit(() => {
      this.note(userId, cutoff);
      this.live.publish(TOPIC, {});
    });
    return cutoff;
  }

  /** Only a process that knows of the cutoff may call up the user's streams: they ask it whether they are still allowed. */
  private note(userId: string, cutoff: number): void {
    if ((this.cutoffs.get(userId) ?? -1) >= cutoff) return;
    this.cutoffs.set(userId, cutoff);
    if (this.timer) this.live.publish(userTopic(userId), { userId });
  }

  private async refresh(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.look(OVERLAP_SECONDS).catch((error: Error) => this.logger.debug(error.message));
    this.isLooking = false;
  }

  private async look(seconds: number): Promise<void> {
    const rows = await this.database.query<{ userId: string; cutoff: number }>(LATEST, [seconds]);
    for (const { userId, cutoff } of rows) this.note(userId, cutoff);
  }
}
