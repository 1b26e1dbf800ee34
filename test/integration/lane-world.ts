import pg from 'pg';
import { Settings } from '../../src/core/config/settings.js';
import { Database, statement } from '../../src/core/database/database.js';
import { BotTokensService, SYSTEM } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { ChatLog, ChatsService, GroupsService, MembershipsService } from '../../src/modules/chats/index.js';
import { RedeliveriesRepository } from '../../src/modules/deliveries/inspection/redeliveries.repository.js';
import {
  LaneLeases,
  type LaneProgress,
  type Lease,
  type LeaseState,
} from '../../src/modules/deliveries/lane-leases.js';
import { type LaneKey, LanesRepository } from '../../src/modules/deliveries/lanes.repository.js';
import type { LogEntry, RoutingFacts, SkipReason } from '../../src/modules/deliveries/routing.js';
import type { TransportRequest, TransportResult } from '../../src/modules/deliveries/transport.js';
import { AttemptJudge } from '../../src/modules/deliveries/worker/attempt-judge.js';
import { EndpointProfiles } from '../../src/modules/deliveries/worker/endpoint-profiles.js';
import { EntryTeller } from '../../src/modules/deliveries/worker/entry-teller.js';
import { EventReader } from '../../src/modules/deliveries/worker/event-reader.js';
import { LaneContextReader } from '../../src/modules/deliveries/worker/lane-context.reader.js';
import { LaneRunner } from '../../src/modules/deliveries/worker/lane-runner.js';
import { FilesService } from '../../src/modules/files/index.js';
import { MessagesService } from '../../src/modules/messages/index.js';
import { UsersService } from '../../src/modules/users/index.js';
import type { RunningDomain } from '../support/domain.js';
import { waitFor } from '../support/wait-for.js';

/** Time is made to pass by a statement, so none of this is ever waited for. */
const NEVER_MS = 60_000;

const ARMED = statement('model.armed', 'SELECT 1 FROM chats WHERE id = $1 AND armed_at IS NOT NULL');
// Nothing is pending, nothing is due, and yet something is left to deliver, or to deliver again, or has no cursor.
const FORGOTTEN = statement(
  'model.forgotten',
  `SELECT 1 FROM chats c LEFT JOIN lanes l ON l.chat_id = c.id
   WHERE c.id = $1 AND c.armed_at IS NULL
     AND ((l.due_at IS NULL AND (l.cursor_seq < least(c.last_seq, l.ends_seq)
                                 OR EXISTS (SELECT FROM redeliveries r WHERE r.chat_id = c.id AND r.endpoint_id = l.endpoint_id)))
          OR (c.last_seq > c.dispatched_seq AND EXISTS (SELECT FROM members m WHERE m.chat_id = c.id AND m.is_bot)))`,
);
const PASS_TIME = statement(
  'model.pass_time',
  `UPDATE lanes SET lease_until = least(lease_until, clock_timestamp()), due_at = least(due_at, clock_timestamp())
   WHERE chat_id = $1 AND (lease_until > clock_timestamp() OR due_at > clock_timestamp())`,
);

/**
 * What a worker does at one of the entries that it is to deliver.
 * - `crash`: sends it, and is never heard of again
 * - `fail`: the receiver does not take it
 * - `hang`: stands still before it sends it, or behind that, until it is let go on
 */
export type Mishap = 'crash' | 'fail' | 'hang before' | 'hang behind' | (() => Promise<void>);

/** Tables that are locked for a while. */
export const LOCKABLE = ['bot_endpoints', 'members', 'chat_events', 'lanes', 'chats', 'messages'] as const;

/** A worker that stands still, and believes that it still has the lane. */
interface Zombie {
  letGo: () => void;
  turn: Promise<unknown>;
}

/** One endpoint of the bot. */
export interface Receiver {
  lane: LaneKey;
  /** The messages that it has got, in that order, by their places in the log. */
  received: number[];
  /** Those that it must get: all that was said while its bot was a member. */
  expected: number[];
  /** Those that it may get: they were not dispatched yet when it was added. */
  optional: Set<number>;
}

/** A group of a person and a bot, and the workers that serve the bot's lanes: the real ones, but for what they send to. */
export class LaneWorld {
  readonly receivers: Receiver[] = [];
  private readonly zombies: Zombie[] = [];
  private undispatched: number[] = [];
  private isMember = true;

  private constructor(
    private readonly domain: RunningDomain,
    private readonly botId: string,
    private readonly chatId: string,
    private readonly personId: string,
  ) {}

  static async create(domain: RunningDomain): Promise<LaneWorld> {
    const get = <T>(type: new (...args: never[]) => T): T => domain.module.get(type as never, { strict: false });
    const { bot } = await get(BotsService).create(SYSTEM, { nickname: 'Model' });
    const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const chat = await get(GroupsService).create(SYSTEM, { title: 'Model', userIds: [person.id, bot.id] });
    const world = new LaneWorld(domain, bot.id, chat.id, person.id);
    await world.addEndpoint();
    return world;
  }

  /** The bot gets another endpoint, up to two of them. */
  async addEndpoint(): Promise<void> {
    const format = (['client', 'platform'] as const)[this.receivers.length];
    if (!format) return;
    const optional = new Set(this.undispatched);
    const spec = { transport: 'callback', format, url: 'http://127.0.0.1:9999/' } as const;
    const { id: endpointId } = await this.get(BotEndpointsService).set(SYSTEM, this.botId, spec);
    this.receivers.push({ lane: { endpointId, chatId: this.chatId }, received: [], expected: [], optional });
  }

  async leave(): Promise<void> {
    if (!this.isMember) return;
    this.isMember = false;
    await this.get(MembershipsService).leave(SYSTEM, this.chatId, [this.botId]);
  }

  async comeBack(): Promise<void> {
    if (this.isMember) return;
    await this.get(MembershipsService).addBot(SYSTEM, this.botId, [this.chatId]);
    this.isMember = true;
  }

  /** Says something in the chat, without any bell. */
  async send(count = 1): Promise<void> {
    const { personId: senderId, chatId } = this;
    const actor = { kind: 'person', id: senderId, scopes: [] } as const;
    for (let n = 0; n < count; n++) {
      const { seq } = await this.get(MessagesService).send(actor, { chatId, senderId, body: 'x' });
      this.undispatched.push(seq);
      if (this.isMember) for (const { expected } of this.receivers) expected.push(seq);
    }
  }

  /** What a bell does: nothing, unless the chat is armed. */
  async wake(): Promise<void> {
    const { chatId } = this;
    const dispatched = this.undispatched.length;
    const isArmed = (await this.get(Database).query(ARMED, [chatId])).length > 0;
    if (isArmed) await this.get(LanesRepository).wake([chatId], this.get(ChatLog).disarming([chatId]));
    this.undispatched = this.undispatched.slice(dispatched);
  }

  /** Somebody asks for an entry that was delivered already. */
  async askAgain(seq: number): Promise<void> {
    await this.get(RedeliveriesRepository).addOne(this.receivers[0].lane, seq);
  }

  /** Leases run out, and retries are due. */
  async passTime(): Promise<void> {
    await this.get(Database).query(PASS_TIME, [this.chatId]);
  }

  /** Another transaction has a whole table for itself, until something of `work` has to wait for it, or `work` is done. */
  async whileLocked(table: (typeof LOCKABLE)[number], work: () => Promise<void>): Promise<void> {
    const locker = new pg.Client(this.domain.settings.databaseUrl);
    await locker.connect();
    try {
      await locker.query('BEGIN');
      await locker.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      let isDone = false;
      const working = work().finally(() => (isDone = true));
      const isAwaited = async () =>
        (await locker.query('SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))')).rows
          .length > 0;
      await waitFor(async () => isDone || (await isAwaited()), { what: 'somebody to wait for the lock' });
      await locker.query('COMMIT');
      await working;
    } finally {
      await locker.end();
    }
  }

  /** A turn of a new worker. @param at the number of the entry, counted within the turn, at which something happens to it */
  async serve(at = Infinity, mishap?: Mishap): Promise<void> {
    for (const receiver of this.receivers) await this.serveOne(receiver, at, mishap);
  }

  private async serveOne({ lane, received }: Receiver, at: number, mishap?: Mishap): Promise<void> {
    const life = new Life();
    let told = 0;
    const deliver = async ({ entry: { seq } }: TransportRequest): Promise<TransportResult> => {
      const happens = told++ === at ? mishap : undefined;
      if (happens === 'fail') return resultOf('http_500');
      if (happens === 'hang before') await life.hang();
      if (typeof happens === 'function') await happens();
      received.push(seq);
      if (happens === 'hang behind') await life.hang();
      return happens === 'crash' ? life.end() : resultOf('');
    };
    const turn = this.turn(this.worker(deliver, life), lane);
    await Promise.race([turn, life.interrupted]);
    if (life.letGo) this.zombies.push({ letGo: life.letGo, turn });
  }

  /** The worker that has stood still for longest goes on. */
  async wakeZombie(): Promise<void> {
    const zombie = this.zombies.shift();
    zombie?.letGo();
    await zombie?.turn;
  }

  get hasZombies(): boolean {
    return this.zombies.length > 0;
  }

  async isForgotten(): Promise<boolean> {
    return (await this.get(Database).query(FORGOTTEN, [this.chatId])).length > 0;
  }

  private get<T>(type: new (...args: never[]) => T): T {
    return this.domain.module.get(type as never, { strict: false });
  }

  /** As the scheduler does it. */
  private async turn(worker: LaneRunner, { endpointId }: LaneKey): Promise<void> {
    const request = { endpointId, slots: 1, maxLeases: 1, leaseMs: worker.leaseMs };
    const { leases } = await this.get(LaneLeases).claim(request);
    for (const lease of leases) await worker.run(lease);
  }

  private worker(deliver: (request: TransportRequest) => Promise<TransportResult>, life: Life): LaneRunner {
    const settings = Object.assign(new Settings(), {
      CALLBACK_TIMEOUT_MS: NEVER_MS,
      CALLBACK_RETRY_SCHEDULE: Array.from({ length: 1000 }, () => 1),
    });
    const healthy = { succeeded: async () => undefined, failed: async () => undefined, gaveUp: async () => undefined };
    const judge = new AttemptJudge(healthy as never, { consider: () => undefined } as never, settings);
    const counter = { inc: () => undefined };
    const metrics = { count: () => undefined, observe: () => undefined, leasesLost: counter, recordsFailed: counter };
    const teller = new EntryTeller(judge, metrics as never, settings, {
      callback: { skipReason, deliver },
    });
    const leases = new MortalLeases(this.get(LaneLeases), life);
    return new LaneRunner(
      leases as never,
      this.reader(),
      teller,
      this.get(RedeliveriesRepository),
      metrics as never,
      settings,
    );
  }

  private reader(): EventReader {
    const [users, chats] = [this.get(UsersService), this.get(ChatsService)];
    const profiles = new EndpointProfiles(this.get(LanesRepository), this.get(BotsService), this.get(BotTokensService));
    const contexts = new LaneContextReader(profiles, users, chats);
    return new EventReader(contexts, this.get(ChatLog), this.get(MessagesService), users, this.get(FilesService));
  }
}

/** Whether a worker lives, stands still or is dead. */
class Life {
  isOver = false;
  letGo: (() => void) | undefined;
  private interrupt: () => void = () => undefined;
  readonly interrupted = new Promise<void>((resolve) => (this.interrupt = resolve));

  hang(): Promise<void> {
    return new Promise((resolve) => {
      this.letGo = resolve;
      this.interrupt();
    });
  }

  end(): Promise<never> {
    this.isOver = true;
    this.interrupt();
    return new Promise(() => undefined);
  }
}

/** Those of a worker that may be dead: then it writes nothing more. */
class MortalLeases {
  constructor(
    private readonly leases: LaneLeases,
    private readonly life: Life,
  ) {}

  record(lease: Lease, progress: LaneProgress, leaseMs: number): Promise<LeaseState> {
    return this.life.isOver ? new Promise(() => undefined) : this.leases.record(lease, progress, leaseMs);
  }
}

/** All messages that were said to the bot. */
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
