import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../core/throttle/failure-throttle.js';
import { PlatformRateLimit } from './platform-rate-limit.js';
import { PlatformPages } from './platform.paging.js';

/** Shared providers of the Platform API. Every API module of the protocol imports it. */
@Module({
  imports: [ThrottleModule],
  providers: [PlatformPages, PlatformRateLimit],
  exports: [PlatformPages, PlatformRateLimit, ThrottleModule],
})
export class PlatformProtocolModule {}
