import type { Request } from 'express';
import type { Actor } from '../../modules/auth/index.js';

/** A request of this face. Its guard leaves here who asks; nobody does on public routes. */
export interface ClientRequest extends Request {
  actor?: Actor;
  /** Whether the request would be let in now, too: for what lasts longer than a moment. */
  isStillAllowed?: () => boolean | Promise<boolean>;
}
