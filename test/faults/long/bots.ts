import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Database, statement } from '../../../src/core/database/database.js';
import type { AppSettings } from '../../../src/app/settings.js';
import { SYSTEM_ACTOR } from '../../../src/modules/auth/index.js';
import { type BotEndpointEntity, BotEndpointsService, BotsService } from '../../../src/modules/bots/index.js';
import { ChatsService } from '../../../src/modules/chats/index.js';
import { type MessageEntity, MessagesService } from '../../../src/modules/messages/index.js';
import { UsersService } from '../../../src/modules/users/index.js';
import { type DomainOptions, type RunningDomain, startDomain } from '../../support/domain.js';
import { waitFor } from '../../support/wait-for.js';

export interface Bot {
  id: string;
  endpoint: BotEndpointEntity;
  /** Sends a message of a person in one of the bot's chats. */
  say(body: string, chat?: number): Promise<MessageEntity>;
}

export interface AttemptRow {
  code: string;
  status: number | null;
  ms: number;
  at: Date;
}

/** The limit of chats of one person with one bot. */
const CHATS_OF_A_PERSON = 10;

/** The domain with a worker in this process, and bots with any callback addresses. */
export class DeliveryTestApp {
  private counter = 0;

  private constructor(private readonly domain: RunningDomain) {}

  static async open(options: DomainOptions): Promise<DeliveryTestApp> {
    return new DeliveryTestApp(await startDomain({ worker: true, DELIVERY_AWAY_NOTE_FORMATS: [], ...options }));
  }

  get settings(): AppSettings {
    return this.domain.settings;
  }

  get<T>(type: new (...args: never[]) => T): T {
    return this.domain.module.get(type as never, { strict: false });
  }

  query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.get(Database).query<Row>(statement(`faults.${text.replace(/\W+/g, '_')}`.slice(0, 60), text), values);
  }

  /** @param chats count; each person has ten */
  async addBot(url: string, chats = 1): Promise<Bot> {
    const { bot } = await this.get(BotsService).create(SYSTEM_ACTOR, { nickname: `Bot ${++this.counter}` });
    const callback = { transport: 'callback', format: 'client', url } as const;
    const endpoint = await this.get(BotEndpointsService).set(SYSTEM_ACTOR, bot.id, callback);
    const groups = Array.from({ length: Math.ceil(chats / CHATS_OF_A_PERSON) }, (_, index) =>
      Math.min(CHATS_OF_A_PERSON, chats - index * CHATS_OF_A_PERSON),
    );
    const opened = await Promise.all(groups.map((count) => this.openChats(bot.id, count)));
    const all = opened.flat();
    const say = (body: string, chat = 0) => {
      const { actor, chatId } = all[chat];
      return this.get(MessagesService).send(actor, { chatId, senderId: actor.id, body });
    };
    return { id: bot.id, endpoint, say };
  }

  /** Creates chats of a new person, sequentially. */
  private async openChats(botId: string, count: number) {
    const person = await this.get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const actor = { kind: 'user', id: person.id, scopes: [] } as const;
    const chats: { actor: typeof actor; chatId: string }[] = [];
    for (let n = 0; n < count; n++) {
      chats.push({ actor, chatId: (await this.get(ChatsService).createPersonal(actor, botId)).id });
    }
    return chats;
  }

  attempts({ endpoint }: Bot): Promise<AttemptRow[]> {
    return this.query(
      `SELECT error_code AS code, http_status AS status, duration_ms AS ms, at FROM attempts WHERE endpoint_id = $1 ORDER BY id`,
      [endpoint.id],
    );
  }

  /** Waits for this number of attempts. @returns them */
  async tried(bot: Bot, times = 1, timeoutMs = 15_000): Promise<AttemptRow[]> {
    const load = async () => {
      const attempts = await this.attempts(bot);
      return attempts.length >= times ? attempts : undefined;
    };
    return waitFor(load, { what: `${times} attempts`, timeoutMs });
  }

  async count(status: string, { endpoint }: Bot): Promise<number> {
    const rows = await this.query('SELECT FROM deliveries WHERE endpoint_id = $1 AND status = $2', [
      endpoint.id,
      status,
    ]);
    return rows.length;
  }

  close(): Promise<void> {
    return this.domain.close();
  }
}

export interface RawServer {
  url: string;
  port: number;
  /** Connections so far. */
  connections(): number;
  close(): void;
}

/** A server that responds with raw bytes. */
export async function startRawServer(serve: (socket: Socket) => void, host = '127.0.0.1'): Promise<RawServer> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined);
    socket.once('data', () => serve(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, connections: () => connections, close: () => void server.close() };
}
