import { SHORT, survivesCrashes } from './crashes.js';

describe('crashes, with the queue on Postgres', () => survivesCrashes(async () => undefined, SHORT));
