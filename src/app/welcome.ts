import type { SecretName, Settings } from '../core/config/settings.js';

/** What a person sees on the terminal once the server stands. Secrets are shown at the start that made them, and never again. */
export function welcome(settings: Settings, createdSecrets: Partial<Record<SecretName, string>>): string {
  const url = settings.publicUrl;
  const lines = [
    '',
    `  Parley is running at ${url}`,
    '',
    `  Swagger UI       ${url}/docs`,
    `  Platform API     ${url}/v3            (header Api-Token)`,
    `  Client API       ${url}/v1/client-api (cookie)`,
    `  Bot and Admin    ${url}/v1/bot-api, ${url}/v1/admin-api (header Authorization)`,
    `  Bots on a socket ${url}/websocket/chat_bot (docs/chatbot-connector.md)`,
    `  Health, metrics  ${url}/health/ready, ${url}/metrics`,
    '',
    ...describeSecrets(settings, createdSecrets),
  ];
  return `${lines.join('\n')}\n`;
}

function describeSecrets(settings: Settings, created: Partial<Record<SecretName, string>>): string[] {
  const file = `${settings.DATA_DIR}/secrets.json`;
  if (Object.keys(created).length === 0) return [`  Secrets are in the environment or in ${file}.`, ''];
  const rows = Object.entries(created).map(([name, value]) => `    ${name.padEnd(17)} ${value}`);
  return [`  These secrets were made just now and are kept in ${file}. They are not shown again:`, '', ...rows, ''];
}
