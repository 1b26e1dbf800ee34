import type { Request } from 'express';
import type { Actor } from '../../modules/auth/index.js';

/** A request of the Client API. The guard sets the actor; public routes have none. */
export interface ClientRequest extends Request {
  actor?: Actor;
  /** Checks again whether the request is authorized; for long-lived requests. */
  isStillAuthorized?: () => boolean | Promise<boolean>;
}
