import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../core/throttle/throttle.module.js';
import { PlatformRateLimit } from './platform-rate-limit.js';
import { PageTokens } from './platform.paging.js';

/** What the controllers of this face share. Every slice imports it. */
@Module({
  imports: [ThrottleModule],
  providers: [PageTokens, PlatformRateLimit],
  exports: [PageTokens, PlatformRateLimit, ThrottleModule],
})
export class PlatformKitModule {}
