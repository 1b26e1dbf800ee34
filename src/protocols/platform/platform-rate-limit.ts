import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../core/config/settings.js';
import { tooManyRequests } from './platform.errors.js';

/** The remaining requests of a token. */
interface Bucket {
  tokens: number;
  /** Milliseconds since the process started. */
  refilledAt: number;
}

/**
 * Rate limit per token: a bucket of `API_RATE_LIMIT` requests, which refills within a second. Buckets are kept in the memory of
 * each process on purpose: the limit protects the other callers of a process, and a shared count would cost every request a round
 * trip. N processes therefore admit N times the limit.
 */
@Injectable()
export class PlatformRateLimit {
  private readonly perSecond: number;
  private readonly buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  constructor(settings: Settings) {
    this.perSecond = settings.API_RATE_LIMIT;
  }

  /** Takes one request from the bucket. @throws DomainError rate_limited `platform.rate_limited` if it is empty */
  take(tokenId: string, response: Pick<Response, 'setHeader'>): void {
    if (this.perSecond === 0) return;
    const bucket = this.refill(tokenId);
    const isEmpty = bucket.tokens < 1;
    if (!isEmpty) bucket.tokens -= 1;
    response.setHeader('X-RateLimit-Limit', this.perSecond);
    response.setHeader('X-RateLimit-Remaining', Math.floor(bucket.tokens));
    response.setHeader('X-RateLimit-Reset', Math.ceil(Date.now() / 1000));
    if (isEmpty) throw tooManyRequests(this.perSecond);
  }

  private refill(tokenId: string): Bucket {
    const now = performance.now();
    const bucket = this.buckets.get(tokenId) ?? { tokens: this.perSecond, refilledAt: now };
    bucket.tokens = Math.min(this.perSecond, bucket.tokens + ((now - bucket.refilledAt) / 1000) * this.perSecond);
    bucket.refilledAt = now;
    this.buckets.set(tokenId, bucket);
    return bucket;
  }
}
