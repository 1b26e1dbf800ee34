import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConcurrencyLimiter } from './concurrency-limiter.js';
import { RateLimitEntity, SlotEntity, SlotHolderEntity } from './rate-limit.entities.js';
import { RateLimiter, rateLimitStore } from './rate-limiter.js';

/** Limits that hold over all processes: rates, and things that are open at the same time. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([RateLimitEntity, SlotEntity, SlotHolderEntity])],
  providers: [rateLimitStore, RateLimiter, ConcurrencyLimiter],
  exports: [RateLimiter, ConcurrencyLimiter],
})
export class RateLimitModule {}
