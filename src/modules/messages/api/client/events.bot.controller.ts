import { Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { ClientEventPageDto, ClientPollEventsDto } from './events.client.dto.js';
import { EventsBotPoller } from './events.bot.poller.js';

@BotController('Bot API: live')
export class EventsBotController {
  constructor(private readonly poller: EventsBotPoller) {}

  /**
   * Tells what happens in all chats of the bot: a way to be driven that needs no public address.
   *
   * @remarks Of messages, those that a webhook of the bot would be told of. With `Accept: text/event-stream` it is a stream, like that of
   * the Client API; else one answer, for which `wait` seconds are waited if need be, with the `cursor` to ask with for the next one.
   * Whoever asks without `after` begins now. What is told is stored, so nothing is missed between two requests, however far apart.
   */
  @Get('events')
  @ApiProduces('application/json', 'text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The `id` of the last event that was seen.' })
  @ApiOkResponse({ type: ClientEventPageDto })
  @ClientErrors({
    400: [['cursor.invalid', 'The cursor is none that this server has given out.'], 'wait must not be greater than 60'],
    429: [['events.too_many', 'Too many event streams of this user: at most 20 at the same time.']],
  })
  follow(@Req() request: ClientRequest, @Res() response: Response, @Query() query: ClientPollEventsDto): Promise<void> {
    return this.poller.answer(request, response, query);
  }
}
