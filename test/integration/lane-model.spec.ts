import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Database, statement } from '../../src/core/database/database.js';
import { SYSTEM } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { ChatLog, ChatsService } from '../../src/modules/chats/index.js';
import { LaneLeases } from '../../src/modules/deliveries/lane-leases.js';
import { LanesRepository } from '../../src/modules/deliveries/lanes.repository.js';
import { MessagesService } from '../../src/modules/messages/index.js';
import { UsersService } from '../../src/modules/users/index.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { expectOrder, laneCommands, type LaneModel, type LaneWorld, settle } from './lane-model.js';

/** `npm run test:faults` runs a thousand. */
const RUNS = Number(process.env.LANE_MODEL_RUNS ?? 15);
const COMMANDS = RUNS > 100 ? 100 : 30;

describe('a lane, whatever happens to it', () => {
  let domain: RunningDomain;
  const get = <T>(type: new (...args: never[]) => T): T => domain.module.get(type as never, { strict: false });

  beforeAll(async () => void (domain = await startDomain()));
  afterAll(() => domain.close());

  /** A new chat of a person and a bot with a webhook that nobody serves but the model's own workers. */
  async function aWorld(): Promise<LaneWorld> {
    const { bot } = await get(BotsService).create(SYSTEM, { nickname: 'Model' });
    const callback = { transport: 'callback', format: 'client', url: 'http://127.0.0.1:9999/' } as const;
    const endpoint = await get(BotEndpointsService).set(SYSTEM, bot.id, callback);
    const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const actor = { kind: 'person', id: person.id, scopes: [] } as const;
    const chat = await get(ChatsService).createPersonal(actor, bot.id);
    const lanes = get(LanesRepository);
    const log = statement('test.log', 'SELECT seq FROM messages WHERE chat_id = $1 AND seq > $2 ORDER BY seq LIMIT $3');
    const armed = statement('test.armed', 'SELECT 1 FROM chats WHERE id = $1 AND armed_at IS NOT NULL');
    const forgotten = statement(
      'test.forgotten',
      `SELECT 1 FROM chats c JOIN lanes l ON l.chat_id = c.id
       WHERE c.id = $1 AND c.armed_at IS NULL AND l.due_at IS NULL AND l.cursor_seq < c.last_seq`,
    );
    return {
      isForgotten: async () => (await get(Database).query(forgotten, [chat.id])).length > 0,
      lanes,
      leases: get(LaneLeases),
      lane: { endpointId: endpoint.id, chatId: chat.id },
      send: async () =>
        void (await get(MessagesService).send(actor, { chatId: chat.id, senderId: person.id, body: 'x' })),
      wake: async () => {
        const isArmed = (await get(Database).query(armed, [chat.id])).length > 0;
        if (isArmed) await lanes.wake([chat.id], get(ChatLog).disarming([chat.id]));
      },
      read: async (afterSeq, limit) =>
        (await get(Database).query<{ seq: number }>(log, [chat.id, afterSeq, limit])).map(({ seq }) => seq),
      sleep,
      received: [],
      zombies: [],
    };
  }

  it(`tells every entry, in order, in ${RUNS} runs of sends, bells, crashes, failures and late writes`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(laneCommands, { maxCommands: COMMANDS, size: 'max' }), async (commands) => {
        const model: LaneModel = { sent: 0 };
        const world = await aWorld();
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await settle(world, model);
        expectOrder(world.received);
        expect(new Set(world.received).size).toBe(model.sent);
      }),
      { numRuns: RUNS, endOnFailure: RUNS < 100 },
    );
  }, 3_600_000);
});
