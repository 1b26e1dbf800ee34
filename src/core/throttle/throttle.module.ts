import { Module } from '@nestjs/common';
import { FailureThrottle } from './failure-throttle.js';

/** One throttle for the whole process. */
@Module({ providers: [FailureThrottle], exports: [FailureThrottle] })
export class ThrottleModule {}
