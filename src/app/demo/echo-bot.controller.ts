import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { EchoBot, type EchoedMessage } from './echo-bot.js';

/** Where the Echo bot gets its callbacks, like any bot elsewhere would. Open to all: only the right `Authorization` is heard. */
@ApiExcludeController()
@Controller('demo/echo')
export class EchoBotController {
  constructor(private readonly echo: EchoBot) {}

  @Post()
  @HttpCode(200)
  answer(
    @Headers('authorization') authorization: string,
    @Headers('webhook-id') eventId: string,
    @Body() message: EchoedMessage,
  ) {
    return this.echo.answer(authorization, eventId, message);
  }
}
