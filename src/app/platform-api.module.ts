import { Module } from '@nestjs/common';

/** The slices of the Platform API. */
@Module({ imports: [] })
export class PlatformApiModule {}
