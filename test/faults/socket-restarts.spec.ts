import { restartUnderSockets } from './socket-restarts.js';

describe('a graceful restart', () => {
  it('shows twenty reconnecting sockets nothing but refused connections and 503, twice in a row', async () => {
    expect(await restartUnderSockets(2)).toEqual([]);
  }, 90_000);
});
