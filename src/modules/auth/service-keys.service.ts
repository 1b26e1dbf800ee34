import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { secretsEqual } from '../../core/crypto/tokens.js';

/** The service credentials of the settings: the master API token and the admin key. */
@Injectable()
export class ServiceKeysService {
  constructor(private readonly settings: Settings) {}

  isApiToken(token: string): boolean {
    return secretsEqual(token, this.settings.API_TOKEN);
  }

  isAdminKey(key: string): boolean {
    return secretsEqual(key, this.settings.ADMIN_SECRET_KEY);
  }
}
