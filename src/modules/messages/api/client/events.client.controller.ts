import { Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { ClientEventDto, ClientFollowEventsDto } from './events.client.dto.js';
import { EventsClientStreamer } from './events.client.streamer.js';

@ClientController('Live')
export class EventsClientController {
  constructor(private readonly streamer: EventsClientStreamer) {}

  /**
   * Tells live what happens in all chats of the user, as server-sent events.
   *
   * @remarks Each event has its `type` as its name and a `ClientEventDto` as its data. Its `id` is where to go on: a browser that loses
   * the connection comes back with it as `Last-Event-ID`, and misses nothing, whichever process answers. The stream begins with
   * `ready`, which has an `id` only. Some events are not kept, and have no `id`: `typing`, `typing.stopped` and `message.read` (`chatId`, `userId`;
   * `typing` has once the `status` `still_working` when a model takes long),
   * `chat.opened` and `chat.closed` (`chatId`), and those by which an answer is seen growing: `message.delta` (`chatId`, `userId`, `draftId`,
   * `from`, `text`: from this place on the text of the draft goes on so; whoever comes late gets all of it, from 0) and `message.completed`
   * (`draftId`, `end`: `completed`, `interrupted`, `stopped` or `dropped`, and the `messageId` that it has become). A comment is sent after 15 seconds of silence; after an hour the stream ends, to be asked for anew.
   */
  @Get('events')
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The `id` of the last event that was seen.' })
  @ApiOkResponse({ description: 'A stream that does not end by itself.', type: ClientEventDto })
  @ClientErrors({
    400: [['cursor.invalid', 'The cursor is none that this server has given out.']],
    429: [
      ['events.too_many', 'Too many event streams of this user: at most 20 at the same time.'],
      ['events.too_many_from_address', 'Too many event streams from this address: at most 100 at the same time.'],
    ],
  })
  follow(
    @Req() request: ClientRequest,
    @Res() response: Response,
    @Query() { after }: ClientFollowEventsDto,
  ): Promise<void> {
    return this.streamer.stream(request, response, after);
  }
}
