import pg from 'pg';
import { AppSettings } from '../../src/app/settings.js';
import { Database, statement } from '../../src/core/database/database.js';
import { BotTokensService, SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { ChatLog, ChatsService, GroupsService, MembershipsService } from '../../src/modules/chats/index.js';
import { RedeliveriesRepository } from '../../src/modules/deliveries/inspection/redeliveries.repository.js';
import {
  SubscriptionLeases,
  type SubscriptionProgress,
  type Lease,
  type LeaseState,
} from '../../src/modules/deliveries/subscription-leases.js';
import {
  type SubscriptionKey,
  SubscriptionsRepository,
} from '../../src/modules/deliveries/subscriptions.repository.js';
import type { LogEntry, RoutingFacts, SkipReason } from '../../src/modules/deliveries/routing.js';
import type { TransportRequest, TransportResult } from '../../src/modules/deliveries/transport.js';
import { RetryPolicy } from '../../src/modules/deliveries/worker/retry-policy.js';
import {
  EndpointProfiles,
  EventReader,
  DeliveryContextLoader,
} from '../../src/modules/deliveries/worker/event-reader.js';
import { EntryDeliverer } from '../../src/modules/deliveries/worker/entry-deliverer.js';
import { SubscriptionRunner } from '../../src/modules/deliveries/worker/subscription-runner.js';
import { FilesService } from '../../src/modules/files/index.js';
import { MessagesService } from '../../src/modules/messages/index.js';
import { UsersService } from '../../src/modules/users/index.js';
import type { RunningDomain } from '../support/domain.js';
import { waitFor } from '../support/wait-for.js';

/** Never elapses: a statement makes time pass. */
const NEVER_MS = 60_000;

const PENDING = statement('model.pending', 'SELECT 1 FROM chats WHERE id = $1 AND pending_since IS NOT NULL');
// Nothing is pending or due, but an entry is undelivered, awaits redelivery or has no cursor.
const FORGOTTEN = statement(
  'model.forgotten',
  `SELECT 1 FROM chats c LEFT JOIN subscriptions s ON s.chat_id = c.id
   WHERE c.id = $1 AND c.pending_since IS NULL
     AND ((s.due_at IS NULL AND (s.cursor_seq < least(c.last_seq, s.ends_seq)
                                 OR EXISTS (SELECT FROM redeliveries r WHERE r.chat_id = c.id AND r.endpoint_id = s.endpoint_id)))
          OR (c.last_seq > c.dispatched_seq AND EXISTS (SELECT FROM members m WHERE m.chat_id = c.id AND m.is_bot)))`,
);
const PASS_TIME = statement(
  'model.pass_time',
  `UPDATE subscriptions SET lease_until = least(lease_until, clock_timestamp()), due_at = least(due_at, clock_timestamp())
   WHERE chat_id = $1 AND (lease_until > clock_timestamp() OR due_at > clock_timestamp())`,
);

/**
 * A fault of a worker at one of its entries.
 * - `crash`: the worker sends the entry and dies
 * - `fail`: the receiver rejects the entry
 * - `hang`: the worker is suspended before or after it sends the entry, until it is resumed
 */
export type Fault = 'crash' | 'fail' | 'hang before' | 'hang behind' | (() => Promise<void>);

/** Tables that a command may lock. */
export const LOCKABLE = ['bot_endpoints', 'members', 'chat_events', 'subscriptions', 'chats', 'messages'] as const;

/** A suspended worker, which assumes that it still holds the lease. */
interface SuspendedWorker {
  resume: () => void;
  turn: Promise<unknown>;
}

/** One endpoint of the bot. */
export interface Receiver {
  key: SubscriptionKey;
  /** Sequence numbers of the received messages, as received. */
  received: number[];
  /** Those it must receive: all messages that were sent while its bot was a member. */
  expected: number[];
  /** Those it may receive: messages that were not dispatched yet when it was added. */
  optional: Set<number>;
}

/** A group of a person and a bot, and real workers that serve the bot's subscriptions with a simulated transport. */
export class SubscriptionSimulation {
  readonly receivers: Receiver[] = [];
  private readonly suspended: SuspendedWorker[] = [];
  private undispatched: number[] = [];
  private isMember = true;

  private constructor(
    private readonly domain: RunningDomain,
    private readonly botId: string,
    private readonly chatId: string,
    private readonly personId: string,
  ) {}

  static async create(domain: RunningDomain): Promise<SubscriptionSimulation> {
    const get = <T>(type: new (...args: never[]) => T): T => domain.module.get(type as never, { strict: false });
    const { bot } = await get(BotsService).create(SYSTEM_ACTOR, { nickname: 'Model' });
    const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const chat = await get(GroupsService).create(SYSTEM_ACTOR, { title: 'Model', userIds: [person.id, bot.id] });
    const simulation = new SubscriptionSimulation(domain, bot.id, chat.id, person.id);
    await simulation.addEndpoint();
    return simulation;
  }

  /** Adds an endpoint to the bot, up to two. */
  async addEndpoint(): Promise<void> {
    const format = (['client', 'platform'] as const)[this.receivers.length];
    if (!format) return;
    const optional = new Set(this.undispatched);
    const spec = { transport: 'callback', format, url: 'http://127.0.0.1:9999/' } as const;
    const { id: endpointId } = await this.get(BotEndpointsService).set(SYSTEM_ACTOR, this.botId, spec);
    this.receivers.push({ key: { endpointId, chatId: this.chatId }, received: [], expected: [], optional });
  }

  async leave(): Promise<void> {
    if (!this.isMember) return;
    this.isMember = false;
    await this.get(MembershipsService).leave(SYSTEM_ACTOR, this.chatId, [this.botId]);
  }

  async rejoin(): Promise<void> {
    if (this.isMember) return;
    await this.get(MembershipsService).addBot(SYSTEM_ACTOR, this.botId, [this.chatId]);
    this.isMember = true;
  }

  /** Sends messages to the chat without a wake-up. */
  async send(count = 1): Promise<void> {
    const { personId: senderId, chatId } = this;
    const actor = { kind: 'user', id: senderId, scopes: [] } as const;
    for (let n = 0; n < count; n++) {
      const { seq } = await this.get(MessagesService).send(actor, { chatId, senderId, body: 'x' });
      this.undispatched.push(seq);
      if (this.isMember) for (const { expected } of this.receivers) expected.push(seq);
    }
  }

  /** Handles a wake-up: dispatches the chat if it is pending. */
  async dispatch(): Promise<void> {
    const { chatId } = this;
    const dispatched = this.undispatched.length;
    const isPending = (await this.get(Database).query(PENDING, [chatId])).length > 0;
    if (isPending)
      await this.get(SubscriptionsRepository).dispatch([chatId], this.get(ChatLog).clearPendingQuery([chatId]));
    this.undispatched = this.undispatched.slice(dispatched);
  }

  /** Requests the redelivery of an entry. */
  async requestRedelivery(seq: number): Promise<void> {
    await this.get(RedeliveriesRepository).addOne(this.receivers[0].key, seq);
  }

  /** Expires leases and makes retries due. */
  async passTime(): Promise<void> {
    await this.get(Database).query(PASS_TIME, [this.chatId]);
  }

  /** Locks a whole table in another transaction until `work` waits for the lock or is done. */
  async whileLocked(table: (typeof LOCKABLE)[number], work: () => Promise<void>): Promise<void> {
    const locker = new pg.Client(this.domain.settings.databaseUrl);
    await locker.connect();
    try {
      await locker.query('BEGIN');
      await locker.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      let isDone = false;
      const working = work().finally(() => (isDone = true));
      const isBlocking = async () =>
        (await locker.query('SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))')).rows
          .length > 0;
      await waitFor(async () => isDone || (await isBlocking()), { what: 'a session to wait for the lock' });
      await locker.query('COMMIT');
      await working;
    } finally {
      await locker.end();
    }
  }

  /** Runs a turn of a new worker. @param at the index, within the turn, of the entry at which the fault occurs */
  async serve(at = Infinity, fault?: Fault): Promise<void> {
    for (const receiver of this.receivers) await this.serveOne(receiver, at, fault);
  }

  private async serveOne({ key, received }: Receiver, at: number, fault?: Fault): Promise<void> {
    const state = new WorkerState();
    let count = 0;
    const deliver = async ({ entry: { seq } }: TransportRequest): Promise<TransportResult> => {
      const current = count++ === at ? fault : undefined;
      if (current === 'fail') return resultOf('http_500');
      if (current === 'hang before') await state.suspend();
      if (typeof current === 'function') await current();
      received.push(seq);
      if (current === 'hang behind') await state.suspend();
      return current === 'crash' ? state.end() : resultOf('');
    };
    const turn = this.turn(this.worker(deliver, state), key);
    await Promise.race([turn, state.stopped]);
    if (state.resume) this.suspended.push({ resume: state.resume, turn });
  }

  /** Resumes the worker that has been suspended for longest. */
  async resumeStalledWorker(): Promise<void> {
    const worker = this.suspended.shift();
    worker?.resume();
    await worker?.turn;
  }

  get hasStalledWorkers(): boolean {
    return this.suspended.length > 0;
  }

  async hasLostWork(): Promise<boolean> {
    return (await this.get(Database).query(FORGOTTEN, [this.chatId])).length > 0;
  }

  private get<T>(type: new (...args: never[]) => T): T {
    return this.domain.module.get(type as never, { strict: false });
  }

  /** Claims and serves subscriptions as the scheduler does. */
  private async turn(worker: SubscriptionRunner, { endpointId }: SubscriptionKey): Promise<void> {
    const request = { endpointId, slots: 1, maxLeases: 1, leaseMs: worker.leaseMs };
    const { leases } = await this.get(SubscriptionLeases).claim(request);
    for (const lease of leases) await worker.run(lease);
  }

  private worker(
    deliver: (request: TransportRequest) => Promise<TransportResult>,
    state: WorkerState,
  ): SubscriptionRunner {
    const settings = Object.assign(new AppSettings(), {
      CALLBACK_TIMEOUT_MS: NEVER_MS,
      CALLBACK_RETRY_SCHEDULE: Array.from({ length: 1000 }, () => 1),
    });
    const healthy = {
      recordSuccess: async () => undefined,
      recordFailure: async () => undefined,
      recordGivenUp: async () => undefined,
    };
    const retryPolicy = new RetryPolicy(healthy as never, { sendIfDue: () => undefined } as never, settings);
    const counter = { inc: () => undefined };
    const metrics = { count: () => undefined, observe: () => undefined, leasesLost: counter, recordsFailed: counter };
    const deliverer = new EntryDeliverer(retryPolicy, metrics as never, settings, {
      callback: { skipReason, deliver },
    });
    const leases = new WorkerLeases(this.get(SubscriptionLeases), state);
    return new SubscriptionRunner(
      leases as never,
      this.reader(),
      deliverer,
      this.get(RedeliveriesRepository),
      metrics as never,
      settings,
    );
  }

  private reader(): EventReader {
    const [users, chats] = [this.get(UsersService), this.get(ChatsService)];
    const profiles = new EndpointProfiles(
      this.get(SubscriptionsRepository),
      this.get(BotsService),
      this.get(BotTokensService),
    );
    const contexts = new DeliveryContextLoader(profiles, users, chats);
    return new EventReader(contexts, this.get(ChatLog), this.get(MessagesService), users, this.get(FilesService));
  }
}

/** State of a worker: running, suspended or dead. */
class WorkerState {
  isOver = false;
  resume: (() => void) | undefined;
  private stop: () => void = () => undefined;
  readonly stopped = new Promise<void>((resolve) => (this.stop = resolve));

  suspend(): Promise<void> {
    return new Promise((resolve) => {
      this.resume = resolve;
      this.stop();
    });
  }

  end(): Promise<never> {
    this.isOver = true;
    this.stop();
    return new Promise(() => undefined);
  }
}

/** The leases of a worker; it records nothing after its death. */
class WorkerLeases {
  constructor(
    private readonly leases: SubscriptionLeases,
    private readonly state: WorkerState,
  ) {}

  record(lease: Lease, progress: SubscriptionProgress, leaseMs: number): Promise<LeaseState> {
    return this.state.isOver ? new Promise(() => undefined) : this.leases.record(lease, progress, leaseMs);
  }
}

/** Delivers all messages to members. */
const skipReason = ({ message }: LogEntry, { isMember }: RoutingFacts): SkipReason | undefined => {
  if (!message) return 'not_a_message';
  return isMember ? undefined : 'not_member';
};

const resultOf = (errorCode: string): TransportResult => ({
  delivered: errorCode === '',
  httpStatus: errorCode === '' ? 200 : 500,
  errorCode,
  timedOut: false,
  durationMs: 1,
  responseHead: '',
  body: Buffer.from('x'),
});
