import type { Settings } from '../../core/config/settings.js';
import type { BotEndpointsService, BotCommandsService, BotsService } from '../../modules/bots/index.js';
import type { MessagesService } from '../../modules/messages/index.js';
import { EchoBot } from './echo-bot.js';

it('creates no bot and no endpoint when callbacks to private addresses are forbidden', async () => {
  const [list, set] = [jest.fn().mockResolvedValue([]), jest.fn()];
  const start = (CALLBACK_ALLOW_PRIVATE: boolean) =>
    new EchoBot(
      { list, create: jest.fn() } as unknown as BotsService,
      { add: jest.fn() } as unknown as BotCommandsService,
      { set } as unknown as BotEndpointsService,
      {} as MessagesService,
      { CALLBACK_ALLOW_PRIVATE, PORT: 3000 } as Settings,
    ).onApplicationBootstrap();
  await start(false);
  expect([list.mock.calls, set.mock.calls]).toEqual([[], []]);
  await start(true);
  expect(set).toHaveBeenCalledTimes(1);
});
