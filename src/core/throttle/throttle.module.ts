import { Module } from '@nestjs/common';
import { FailureThrottle } from './failure-throttle.js';

/** One for the whole process, whoever imports it. */
@Module({ providers: [FailureThrottle], exports: [FailureThrottle] })
export class ThrottleModule {}
