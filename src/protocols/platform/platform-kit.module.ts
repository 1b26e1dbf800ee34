import { Module } from '@nestjs/common';
import { PlatformRateLimit } from './platform-rate-limit.js';
import { PageTokens } from './platform.paging.js';

/** What the controllers of this face share. Every slice imports it. */
@Module({ providers: [PageTokens, PlatformRateLimit], exports: [PageTokens, PlatformRateLimit] })
export class PlatformKitModule {}
