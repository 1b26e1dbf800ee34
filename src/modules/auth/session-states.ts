import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../core/config/settings.js';
import { Database, statement } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { PubSub } from '../../core/pubsub/pubsub.js';
import { runPeriodically } from '../../core/timing/run-periodically.js';
import { UserAccessChanged, type UserEntity, UserDeleted, UsersService, userTopic } from '../users/index.js';

/** Every process applies a change within this time, even if the pub/sub message is lost. */
const POLL_MS = 1000;
/** Changes are read again for a while: some are committed late, and some coincide with the load of a state. */
const POLL_OVERLAP_SECONDS = 15;
/** Retention of changes: far longer than a process needs to read them. */
const RETENTION_SECONDS = 3600;
const CLEAN_INTERVAL_MS = 600_000;
/** Maximum age of a cached state. */
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

/** The state that decides whether a user's sessions are valid. */
export interface SessionState {
  generation: number;
  isActive: boolean;
}

/** The fields of a user that sessions need. */
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
 * Caches the session states of users in each API process, so that a request needs no query.
 *
 *   change of a user ── in its transaction ──► row in session_changes ── poll, each second ──► evicted here, streams are woken
 *                    └─ after the commit ───► message on the live bus ──────────────────────► the same, at once
 */
@Injectable()
export class SessionStates implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SessionStates.name);
  private readonly states = new LRUCache<string, SessionState>({ max: CACHE_SIZE, ttl: TTL_MS });
  /** The changes of the last seconds by user. */
  private seen = new Map<string, number>();
  private batch: Batch | undefined;
  private readonly stopCallbacks: (() => unknown)[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly pubsub: PubSub,
    private readonly users: UsersService,
  ) {}

  onModuleInit(): void {
    if (!this.settings.ROLES.includes('api')) return; // workers have no sessions
    this.stopCallbacks.push(
      this.pubsub.subscribe(TOPIC, ({ userId }) => this.evict(String(userId))),
      this.schedule('Polling session changes', POLL_MS, () => this.poll()),
      this.schedule('Deleting old session changes', CLEAN_INTERVAL_MS, () =>
        this.database.query(CLEAN, [RETENTION_SECONDS]),
      ),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.stopCallbacks.map((stop) => stop()));
  }

  /** @returns undefined for an unknown user and for a bot */
  async get(userId: string): Promise<SessionState | undefined> {
    const known = this.states.get(userId);
    if (known) return known;
    this.batch ??= this.openBatch();
    this.batch.ids.add(userId);
    return (await this.batch.states).get(userId);
  }

  /** Caches a state that was just read or written. */
  set(user: SessionUser): void {
    this.states.set(user.id, sessionStateOf(user));
  }

  @OnDomainEvent(UserAccessChanged, 'in-transaction')
  async recordChange({ userId }: UserAccessChanged): Promise<void> {
    await this.database.query(RECORD, [userId]);
  }

  @OnDomainEvent(UserDeleted, 'in-transaction')
  async recordDeletion({ userId }: UserDeleted): Promise<void> {
    await this.database.query(RECORD, [userId]);
  }

  @OnDomainEvent(UserAccessChanged, 'after-commit')
  publishChange({ userId }: UserAccessChanged): void {
    this.publish(userId);
  }

  @OnDomainEvent(UserDeleted, 'after-commit')
  publishDeletion({ userId }: UserDeleted): void {
    this.publish(userId);
  }

  private publish(userId: string): void {
    this.evict(userId);
    this.pubsub.publish(TOPIC, { userId });
  }

  /** Evicts the state before it wakes the user's streams, which then check it in this process. */
  private evict(userId: string): void {
    this.states.delete(userId);
    this.pubsub.publish(userTopic(userId), { userId });
  }

  private async poll(): Promise<void> {
    const rows = await this.database.query<{ userId: string; changedAt: Date }>(LATEST, [POLL_OVERLAP_SECONDS]);
    for (const { userId, changedAt } of rows) {
      if (this.seen.get(userId) === changedAt.getTime()) this.states.delete(userId);
      else this.evict(userId);
    }
    this.seen = new Map(rows.map(({ userId, changedAt }) => [userId, changedAt.getTime()]));
  }

  /** One statement loads all states that are requested in one turn of the event loop. */
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
    for (const user of people) this.set(user);
    return new Map(people.map((user) => [user.id, sessionStateOf(user)]));
  }

  private schedule(what: string, everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
    return runPeriodically({ what, everyMs, logger: this.logger, work });
  }
}
