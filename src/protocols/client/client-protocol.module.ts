import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../core/throttle/failure-throttle.js';
import { EventStreams } from './event-streams.js';
import { SessionCookie } from './session-cookie.js';

/** Shared providers of the Client API and its guards. Every API module of the protocol imports it. */
@Module({
  imports: [ThrottleModule],
  providers: [SessionCookie, EventStreams],
  exports: [SessionCookie, EventStreams, ThrottleModule],
})
export class ClientProtocolModule {}
