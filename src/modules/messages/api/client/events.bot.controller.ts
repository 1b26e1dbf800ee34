import { Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { ClientEventPageDto, ClientPollEventsDto } from './events.client.dto.js';
import { EventsBotPoller } from './events.bot.poller.js';

@BotController('Events')
export class EventsBotController {
  constructor(private readonly poller: EventsBotPoller) {}

  /**
   * Poll or stream the bot's events
   *
   * @remarks Returns the events of all chats of the bot, so that a bot without a public address can run. The same filter of messages applies
   * as for a webhook. With `Accept: text/event-stream` the response is a stream, like that of the Client API. Otherwise it is one page;
   * the server waits up to `wait` seconds for the first event. Pass the returned `cursor` as `after` in the next request. Without
   * `after`, the page begins at the current time. Events are stored: none is missed between two requests, however far apart.
   */
  @Get('events')
  @ApiProduces('application/json', 'text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The `id` of the last received event.' })
  @ApiOkResponse({ type: ClientEventPageDto })
  @ClientErrors({
    400: [['cursor.invalid', 'Invalid cursor.'], 'wait must not be greater than 60'],
    429: [['events.too_many', 'Too many event streams of this user: at most 20 at the same time.']],
  })
  listEvents(
    @Req() request: ClientRequest,
    @Res() response: Response,
    @Query() query: ClientPollEventsDto,
  ): Promise<void> {
    return this.poller.respond(request, response, query);
  }
}
