import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../core/throttle/throttle.module.js';
import { PlatformRateLimit } from './platform-rate-limit.js';
import { PlatformPages } from './platform.paging.js';

/** What the controllers of this face share. Every slice imports it. */
@Module({
  imports: [ThrottleModule],
  providers: [PlatformPages, PlatformRateLimit],
  exports: [PlatformPages, PlatformRateLimit, ThrottleModule],
})
export class PlatformKitModule {}
