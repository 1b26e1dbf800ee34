import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../core/config/settings.js';
import { Database, statement } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { LiveBus } from '../../core/live/live-bus.js';
import { repeat } from '../../core/timing/repeat.js';
import { UserAccessChanged, type UserEntity, UserErased, UsersService, userTopic } from '../users/index.js';

/** A change holds in every process within this time, also when its hint is lost. */
const POLL_MS = 1000;
/** Changes are looked at again for a while: some are committed late, and some meet a state that is just being read. */
const OVERLAP_SECONDS = 15;
/** A change is kept for so long, which is far longer than a process takes to read it. */
const KEEP_SECONDS = 3600;
const CLEAN_EVERY_MS = 600_000;
/** What is known of a user is read again after this time in any case. */
const TTL_MS = 60_000;
const CACHE_SIZE = 50_000;
const TOPIC = 'session-changes';

const RECORD = statement(
  'session_changes.record',
  `INSERT INTO session_changes (user_id, changed_at) VALUES ($1, clock_timestamp())
   ON CONFLICT (user_id) DO UPDATE SET changed_at = excluded.changed_at`,
);
const LATEST = statement(
  'session_changes.latest',
  `SELECT user_id AS "userId", changed_at AS "changedAt" FROM session_changes WHERE changed_at > now() - $1 * interval '1 second'`,
);
const CLEAN = statement(
  'session_changes.clean',
  `DELETE FROM session_changes WHERE changed_at < now() - $1 * interval '1 second'`,
);

/** What decides whether a user's sessions are good. */
export interface SessionState {
  generation: number;
  isActive: boolean;
}

/** What a session needs of its user. */
export type SessionUser = Pick<UserEntity, 'id' | 'nickname' | 'isActive' | 'sessionGeneration'>;

interface Batch {
  ids: Set<string>;
  states: Promise<Map<string, SessionState>>;
}

export const sessionStateOf = ({ sessionGeneration, isActive }: SessionUser): SessionState => ({
  generation: sessionGeneration,
  isActive,
});

/**
 * What every process knows of the users whose sessions it serves, in memory, so that a request costs no query.
 *
 *   change of a user ── in its transaction ──► row in session_changes ── poll, each second ──► forgotten here, streams are woken
 *                    └─ after the commit ───► hint on the live bus ─────────────────────────► the same, at once
 */
@Injectable()
export class SessionStates implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SessionStates.name);
  private readonly states = new LRUCache<string, SessionState>({ max: CACHE_SIZE, ttl: TTL_MS });
  /** The changes of the last seconds, by user. */
  private seen = new Map<string, number>();
  private batch: Batch | undefined;
  private readonly endings: (() => unknown)[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly live: LiveBus,
    private readonly users: UsersService,
  ) {}

  onModuleInit(): void {
    if (!this.settings.ROLES.includes('api')) return; // workers take no sessions
    this.endings.push(
      this.live.subscribe(TOPIC, ({ userId }) => this.forget(String(userId))),
      this.repeat('Reading changes of sessions', POLL_MS, () => this.poll()),
      this.repeat('Deleting old changes of sessions', CLEAN_EVERY_MS, () => this.database.query(CLEAN, [KEEP_SECONDS])),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.endings.map((end) => end()));
  }

  /** @returns undefined for nobody, and for a bot */
  async of(userId: string): Promise<SessionState | undefined> {
    const known = this.states.get(userId);
    if (known) return known;
    this.batch ??= this.openBatch();
    this.batch.ids.add(userId);
    return (await this.batch.states).get(userId);
  }

  /** Notes what was just read or written, which saves the next request a query. */
  note(user: SessionUser): void {
    this.states.set(user.id, sessionStateOf(user));
  }

  @OnDomainEvent(UserAccessChanged, 'in-transaction')
  async recordChange({ userId }: UserAccessChanged): Promise<void> {
    await this.database.query(RECORD, [userId]);
  }

  @OnDomainEvent(UserErased, 'in-transaction')
  async recordErasure({ userId }: UserErased): Promise<void> {
    await this.database.query(RECORD, [userId]);
  }

  @OnDomainEvent(UserAccessChanged, 'after-commit')
  announceChange({ userId }: UserAccessChanged): void {
    this.announce(userId);
  }

  @OnDomainEvent(UserErased, 'after-commit')
  announceErasure({ userId }: UserErased): void {
    this.announce(userId);
  }

  private announce(userId: string): void {
    this.forget(userId);
    this.live.publish(TOPIC, { userId });
  }

  /** Only now may the user's streams be woken: they ask this process whether they are still allowed. */
  private forget(userId: string): void {
    this.states.delete(userId);
    this.live.publish(userTopic(userId), { userId });
  }

  private async poll(): Promise<void> {
    const rows = await this.database.query<{ userId: string; changedAt: Date }>(LATEST, [OVERLAP_SECONDS]);
    for (const { userId, changedAt } of rows) {
      if (this.seen.get(userId) === changedAt.getTime()) this.states.delete(userId);
      else this.forget(userId);
    }
    this.seen = new Map(rows.map(({ userId, changedAt }) => [userId, changedAt.getTime()]));
  }

  /** What is asked for in one turn of the event loop is read by one statement. */
  private openBatch(): Batch {
    const ids = new Set<string>();
    const turn = new Promise((resolve) => setImmediate(resolve));
    const states = turn.then(() => {
      this.batch = undefined;
      return this.read(ids);
    });
    return { ids, states };
  }

  private async read(ids: Set<string>): Promise<Map<string, SessionState>> {
    const users = await this.users.findMany(ids);
    const people = [...users.values()].filter(({ kind }) => kind === 'person');
    for (const user of people) this.note(user);
    return new Map(people.map((user) => [user.id, sessionStateOf(user)]));
  }

  private repeat(what: string, everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
    return repeat({ what, everyMs, logger: this.logger, work });
  }
}
