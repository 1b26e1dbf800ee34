import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * Creates request and response classes that inherit from the prototypes of an application, and sets their prototypes on it:
 *
 *   FixedRequest.prototype = app.request ──► request of Express ──► express.request ──► IncomingMessage.prototype
 *
 * An application mounted into it still swaps prototypes on its own routes.
 *
 * @returns options of an HTTP server
 */
export function messageClassesOf(app: Express) {
  class FixedRequest extends IncomingMessage {}
  class FixedResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(FixedRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(FixedResponse.prototype, app.response);
  return { IncomingMessage: FixedRequest, ServerResponse: FixedResponse };
}
