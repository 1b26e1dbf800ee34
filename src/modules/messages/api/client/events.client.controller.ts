import { Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import { ClientController, BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { EventsBotPoller } from './events.bot.poller.js';
import { ClientEventDto, ClientStreamEventsDto, ClientEventPageDto, ClientPollEventsDto } from './events.client.dto.js';
import { EventsClientStreamer } from './events.client.streamer.js';

@ClientController('Events')
export class EventsClientController {
  constructor(private readonly streamer: EventsClientStreamer) {}

  /**
   * Stream events
   *
   * @remarks Sends the events of all chats of the user as server-sent events. The name of each event is its `type`, its data is a
   * `ClientEventDto`, its `id` is the cursor at which to resume. After a lost connection a browser reconnects with this id as
   * `Last-Event-ID` and misses no event, whichever process serves it. The stream begins with `ready`, which has only an `id`. Some events are not
   * stored and have no `id`: `typing`, `typing.stopped` and `message.read` (`chatId`, `userId`; `typing` has the `status`
   * `still_working` once when a model takes long), `chat.opened` and `chat.closed` (`chatId`), and the events of a growing reply:
   * `message.delta` (`chatId`, `userId`, `draftId`, `from`, `text`: the text of the draft from the offset `from` on; a client that connects
   * late receives all of it, from 0) and `message.completed` (`draftId`, `end`: `completed`, `interrupted`, `stopped` or `dropped`, and
   * the `messageId` of the resulting message). The server sends a comment after 15 seconds without events. It ends the stream after an
   * hour; then reconnect.
   */
  @Get('events')
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The `id` of the last received event.' })
  @ApiOkResponse({ description: 'A stream of events. The server ends it after an hour.', type: ClientEventDto })
  @ClientErrors({
    400: [['cursor.invalid', 'Invalid cursor.']],
    429: [
      ['events.too_many', 'Too many event streams of this user: at most 20 at the same time.'],
      ['events.too_many_from_address', 'Too many event streams from this address: at most 100 at the same time.'],
    ],
  })
  streamEvents(
    @Req() request: ClientRequest,
    @Res() response: Response,
    @Query() { after }: ClientStreamEventsDto,
  ): Promise<void> {
    return this.streamer.stream(request, response, after);
  }
}

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
