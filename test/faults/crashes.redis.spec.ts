import { describeWithRedis, startRedis } from '../support/redis.js';
import { SHORT, survivesCrashes } from './crashes.js';

describeWithRedis('crashes, with the queue on Redis', () => survivesCrashes(startRedis, SHORT));
