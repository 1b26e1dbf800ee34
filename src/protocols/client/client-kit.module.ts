import { Module } from '@nestjs/common';
import { SessionCookie } from './session-cookie.js';

/** What the guard of the Client API needs. Every slice of this face imports it. */
@Module({ providers: [SessionCookie], exports: [SessionCookie] })
export class ClientKitModule {}
