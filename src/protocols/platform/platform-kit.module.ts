import { Module } from '@nestjs/common';
import { PageTokens } from './platform.paging.js';

/** What the controllers of this face share. Every slice imports it. */
@Module({ providers: [PageTokens], exports: [PageTokens] })
export class PlatformKitModule {}
