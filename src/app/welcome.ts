import type { SecretName, Settings } from '../core/config/settings.js';

/** The text on the terminal after the start. It contains no secrets, since terminal output is often logged. */
export function welcome(settings: Settings, createdSecrets: readonly SecretName[]): string {
  const url = settings.publicUrl;
  const lines = [
    '',
    `  Parley is running at ${url}`,
    '',
    ...(settings.docsEnabled ? [`  Swagger UI       ${url}/docs`] : []),
    `  Platform API     ${url}/v3            (header Api-Token)`,
    `  Client API       ${url}/v1/client-api (cookie)`,
    `  Bot and Admin    ${url}/v1/bot-api, ${url}/v1/admin-api (header Authorization)`,
    `  Bots on a socket ${url}/websocket/chat_bot (docs/chatbot-connector.md)`,
    `  Health, metrics  ${url}/health/ready${settings.metricsEnabled ? `, ${url}/metrics` : ''}`,
    '',
    ...describeSecrets(settings, createdSecrets),
  ];
  return `${lines.join('\n')}\n`;
}

function describeSecrets(settings: Settings, created: readonly SecretName[]): string[] {
  const file = `${settings.DATA_DIR}/secrets.json`;
  if (created.length === 0) return [`  Secrets are in the environment or in ${file}.`, ''];
  return [`  Generated these secrets in ${file}:`, `    ${created.join(', ')}`, ''];
}
