import { Settings } from '../../core/config/settings.js';
import { WholeNumber } from '../../core/config/settings-rules.js';

/** Limits of sign-ups. 0: unlimited. */
export class UsersSettings extends Settings {
  /** Sign-ups from one address in a minute. */
  @WholeNumber(0, 1_000_000)
  SIGN_UPS_PER_MINUTE = 60;

  /** Sign-ups from one address in an hour. */
  @WholeNumber(0, 1_000_000)
  SIGN_UPS_PER_HOUR = 600;
}
