import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConcurrencyLimiter } from './concurrency-limiter.js';
import { RateLimitEntity, SlotEntity, SlotHolderEntity } from './rate-limit.entities.js';
import { RateLimiter, rateLimitStore } from './rate-limiter.js';

/** Rate limits and concurrency limits over all processes. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([RateLimitEntity, SlotEntity, SlotHolderEntity])],
  providers: [rateLimitStore, RateLimiter, ConcurrencyLimiter],
  exports: [RateLimiter, ConcurrencyLimiter],
})
export class RateLimitModule {}
