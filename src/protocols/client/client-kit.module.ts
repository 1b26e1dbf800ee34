import { Module } from '@nestjs/common';
import { EventStreams } from './event-streams.js';
import { SessionCookie } from './session-cookie.js';

/** What the guard of the Client API needs, and what its slices share. Every slice of this face imports it. */
@Module({ providers: [SessionCookie, EventStreams], exports: [SessionCookie, EventStreams] })
export class ClientKitModule {}
