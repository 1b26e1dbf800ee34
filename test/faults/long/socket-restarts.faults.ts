import { restartUnderSockets } from '../socket-restarts.js';
import { report, secondsSince } from './report.js';

describe('Graceful restarts', () => {
  it('F36: ten of them break no connection of twenty reconnecting sockets', async () => {
    const startedAt = performance.now();
    const faults = await restartUnderSockets(10);
    report({
      fault: 'F36',
      what: '10 graceful restarts under 20 reconnecting sockets',
      seconds: secondsSince(startedAt),
      note: `${faults.length} broken connections`,
    });
    expect(faults).toEqual([]);
  });
});
