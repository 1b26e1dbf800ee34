import { Settings } from '../../core/config/settings.js';
import { WholeNumber } from '../../core/config/settings-rules.js';

/** The settings of sessions. */
export class AuthSettings extends Settings {
  /** Maximum days that a session lasts, even if it is used. */
  @WholeNumber(1, 3650)
  SESSION_MAX_DAYS = 400;
}
