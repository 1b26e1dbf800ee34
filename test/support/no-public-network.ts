import { Socket, type TcpSocketConnectOpts } from 'node:net';
import { isPublicAddress } from '../../src/core/http/outgoing/address-guard.js';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/**
 * Makes connections to names that resolve to public addresses fail, as on a machine without a network: nothing that a test does
 * leaves the machine. Look-ups are made all the same, and what else they lead to is connected to.
 *
 * @returns what undoes it
 */
export function withoutPublicNetwork(): () => void {
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const { connect } = prototype;
  prototype.connect = function (...args) {
    // `net.connect` hands over its arguments as one list.
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
