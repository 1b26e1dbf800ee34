import { ForbiddenException, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { randomHex, secretsEqual } from '../../core/crypto/tokens.js';
import { SYSTEM } from '../../modules/auth/index.js';
import { BotEndpointsService, BotSelfService, BotsService } from '../../modules/bots/index.js';
import { MessagesService } from '../../modules/messages/index.js';

/** The fields of a Client API callback that the bot looks at. */
export interface EchoedMessage {
  chatId: string;
  body: string;
}

const BOT_ID = 'echo';
const HELP = 'I repeat what you say. My code is in src/app/demo, and a bot of your own in examples/echo-bot.';

/** On an empty database a bot named Echo is made. It is driven by signed callbacks, as any other bot. */
@Injectable()
export class EchoBot implements OnApplicationBootstrap {
  private readonly logger = new Logger(EchoBot.name);
  /** Made anew at each start: whoever does not know it did not get it from our callbacks. */
  private readonly secret = randomHex(16);

  constructor(
    private readonly bots: BotsService,
    private readonly self: BotSelfService,
    private readonly endpoints: BotEndpointsService,
    private readonly messages: MessagesService,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // It is called at an address of this machine.
    if (!this.settings.CALLBACK_ALLOW_PRIVATE)
      return this.logger.log('There is no bot Echo where callbacks may not go to private addresses');
    const [firstBot] = await this.bots.list({ limit: 1 });
    if (!firstBot) await this.create();
    if (!firstBot || (await this.exists())) await this.listen();
  }

  async answer(authorization: string | undefined, eventId: string, { chatId, body }: EchoedMessage): Promise<object> {
    if (!secretsEqual(authorization ?? '', this.secret)) throw new ForbiddenException();
    const text = body === '/start' || body === '/help' ? HELP : `You said: ${body}`;
    const actor = { kind: 'bot', id: BOT_ID, scopes: [] } as const;
    await this.messages.send(actor, { chatId, senderId: BOT_ID, body: text, dedupKey: eventId });
    return {};
  }

  private async create(): Promise<void> {
    await this.bots.create(SYSTEM, { id: BOT_ID, nickname: 'Echo', description: 'Repeats what you say.' });
    await this.self.addCommands(SYSTEM, BOT_ID, [
      { alias: 'start', description: 'Start a conversation.' },
      { alias: 'help', description: 'Show what this bot does.' },
    ]);
    this.logger.log('The bot Echo was made, with the id "echo"');
  }

  private async exists(): Promise<boolean> {
    return this.bots.get(BOT_ID).then(
      () => true,
      () => false,
    );
  }

  /** The port may be another one than at the last start. */
  private async listen(): Promise<void> {
    const url = `http://127.0.0.1:${this.settings.PORT}/demo/echo`;
    await this.endpoints.set(SYSTEM, BOT_ID, {
      transport: 'callback',
      format: 'client',
      url,
      authorization: this.secret,
    });
  }
}
