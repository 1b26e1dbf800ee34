import { AppSettings } from '../../src/app/settings.js';

export const TEST_SECRETS = {
  API_TOKEN: 'test-api-token-0123456789',
  ADMIN_SECRET_KEY: 'test-admin-key-0123456789',
  JWT_SECRET_KEY: 'test-jwt-secret-0123456789-0123456789',
  ENCRYPTION_KEY: 'test-encryption-key-0123456789-0123456789',
  APPLICATION_ID: '0F0F0F0F-1111-2222-3333-444444444444',
};

/** Test settings: known secrets, no log output, and callbacks to this machine allowed. */
export const testSettings = (overrides: Partial<AppSettings>): AppSettings =>
  Object.assign(
    new AppSettings(),
    {
      NODE_ENV: 'test',
      PORT: 0,
      LOG_LEVEL: 'fatal',
      ROLES: ['api'],
      CALLBACK_ALLOW_PRIVATE: true,
      CALLBACK_TIMEOUT_MS: 3000,
      CONNECTOR_ACK_TIMEOUT_MS: 3000,
      AI_DRAIN_MS: 2000,
      AUTH_FAILURES_PER_MINUTE: 0,
      SIGN_UPS_PER_MINUTE: 0,
      SIGN_UPS_PER_HOUR: 0,
      AI_ADDRESS_TURNS_PER_MINUTE: 0,
      AI_ADDRESS_TURNS_PER_DAY: 0,
    },
    TEST_SECRETS,
    overrides,
  );
