import { restartUnderSockets } from './socket-restarts.js';

describe('a graceful restart', () => {
  it('causes only refused connections and 503 for twenty reconnecting sockets, twice in a row', async () => {
    expect(await restartUnderSockets(2)).toEqual([]);
  }, 90_000);
});
