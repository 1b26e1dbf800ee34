import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { EchoBot, type EchoedMessage } from './echo-bot.js';

/** Receives the callbacks of the Echo bot. Public; requests without the bot's `Authorization` are rejected with 403. */
@ApiExcludeController()
@Controller('demo/echo')
export class EchoBotController {
  constructor(private readonly echo: EchoBot) {}

  @Post()
  @HttpCode(200)
  reply(
    @Headers('authorization') authorization: string,
    @Headers('webhook-id') eventId: string,
    @Body() message: EchoedMessage,
  ) {
    return this.echo.reply(authorization, eventId, message);
  }
}
