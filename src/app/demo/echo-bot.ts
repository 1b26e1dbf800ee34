import { ForbiddenException, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { randomHex, secretsEqual } from '../../core/crypto/tokens.js';
import { SYSTEM_ACTOR } from '../../modules/auth/index.js';
import { BotEndpointsService, BotCommandsService, BotsService } from '../../modules/bots/index.js';
import { MessagesService } from '../../modules/messages/index.js';

/** The fields of a Client API callback that the bot uses. */
export interface EchoedMessage {
  chatId: string;
  body: string;
}

const BOT_ID = 'echo';
const HELP = 'I repeat what you say. My code is in src/app/demo, and a bot of your own in examples/echo-bot.';

/** Creates a bot named Echo in an empty database. It receives signed callbacks like any other bot. */
@Injectable()
export class EchoBot implements OnApplicationBootstrap {
  private readonly logger = new Logger(EchoBot.name);
  /** Regenerated at each start. A request without it is not one of our callbacks. */
  private readonly secret = randomHex(16);

  constructor(
    private readonly bots: BotsService,
    private readonly commands: BotCommandsService,
    private readonly endpoints: BotEndpointsService,
    private readonly messages: MessagesService,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // Its callback URL is a loopback address.
    if (!this.settings.CALLBACK_ALLOW_PRIVATE)
      return this.logger.log('Echo bot disabled: callbacks to private addresses are forbidden');
    const [firstBot] = await this.bots.list({ limit: 1 });
    if (!firstBot) await this.create();
    if (!firstBot || (await this.exists())) await this.setEndpoint();
  }

  async reply(authorization: string | undefined, eventId: string, { chatId, body }: EchoedMessage): Promise<object> {
    if (!secretsEqual(authorization ?? '', this.secret)) throw new ForbiddenException();
    const text = body === '/start' || body === '/help' ? HELP : `You said: ${body}`;
    const actor = { kind: 'bot', id: BOT_ID, scopes: [] } as const;
    await this.messages.send(actor, { chatId, senderId: BOT_ID, body: text, dedupKey: eventId });
    return {};
  }

  private async create(): Promise<void> {
    await this.bots.create(SYSTEM_ACTOR, { id: BOT_ID, nickname: 'Echo', description: 'Repeats what you say.' });
    await this.commands.add(SYSTEM_ACTOR, BOT_ID, [
      { alias: 'start', description: 'Start a conversation.' },
      { alias: 'help', description: 'Show what this bot does.' },
    ]);
    this.logger.log('Created the bot Echo with the id "echo"');
  }

  private async exists(): Promise<boolean> {
    return this.bots.get(BOT_ID).then(
      () => true,
      () => false,
    );
  }

  /** Runs at each start, since the port may have changed. */
  private async setEndpoint(): Promise<void> {
    const url = `http://127.0.0.1:${this.settings.PORT}/demo/echo`;
    await this.endpoints.set(SYSTEM_ACTOR, BOT_ID, {
      transport: 'callback',
      format: 'client',
      url,
      authorization: this.secret,
    });
  }
}
