import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectorGateway } from '../../../src/modules/connector/api/connector/gateway/connector-gateway.js';
import { ConnectorClient } from '../../support/connector-client.js';
import { waitFor } from '../../support/wait-for.js';
import { startConnectorApp } from './connector-app.js';

it('accepts no more sockets of an address than its limit when many are opened at once', async () => {
  const app = await startConnectorApp({ CONNECTOR_MAX_UNAUTHENTICATED_PER_ADDRESS: 10 });
  const server = app.app.get(ConnectorGateway);
  const waiting: (() => void)[] = [];
  const rate = jest
    .spyOn(server['rates'], 'consume')
    .mockImplementation(() => new Promise((resolve) => waiting.push(resolve)));
  const opening = Promise.allSettled(Array.from({ length: 20 }, () => ConnectorClient.connect(app.url)));
  await waitFor(() => waiting.length === 20, { what: 'all of them to have passed the first check' });
  rate.mockRestore();
  for (const resume of waiting) {
    resume();
    await nextTurn();
  }
  const accepted = (await opening).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const client of accepted) client.socket.terminate();
  await app.close();
  expect(accepted).toHaveLength(10);
});
