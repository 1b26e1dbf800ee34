import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../core/throttle/throttle.module.js';
import { EventStreams } from './event-streams.js';
import { SessionCookie } from './session-cookie.js';

/** What the guards of this face need, and what its slices share. Every slice of it imports this. */
@Module({
  imports: [ThrottleModule],
  providers: [SessionCookie, EventStreams],
  exports: [SessionCookie, EventStreams, ThrottleModule],
})
export class ClientKitModule {}
