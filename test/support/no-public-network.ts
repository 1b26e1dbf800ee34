import { Socket, type TcpSocketConnectOpts } from 'node:net';
import { isPublicAddress } from '../../src/core/http/outgoing/address-guard.js';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/**
 * Fails connections to names with public addresses, as on a machine without a network, so that tests send nothing to other
 * machines. Names are still resolved, and other addresses are connected.
 *
 * @returns a function that undoes this
 */
export function withoutPublicNetwork(): () => void {
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const { connect } = prototype;
  prototype.connect = function (...args) {
    // `net.connect` passes its arguments as one list.
    const [options] = (Array.isArray(args[0]) ? args[0] : args) as [Partial<TcpSocketConnectOpts>];
    const { lookup } = options;
    if (lookup) {
      options.lookup = (name, lookupOptions, callback) =>
        lookup(name, lookupOptions, (error, address, family) => {
          const found = Array.isArray(address) ? address.map((each) => each.address) : [address];
          const isPublic = !error && found.some(isPublicAddress);
          const unreachable = Object.assign(new Error(`connect ENETUNREACH ${found.join()}`), { code: 'ENETUNREACH' });
          callback(isPublic ? unreachable : error, address, family);
        });
    }
    return connect.apply(this, args);
  };
  return () => void (prototype.connect = connect);
}
