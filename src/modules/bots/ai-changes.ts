import { AI_DEFAULTS, type AiChanges, type AiFallback, type AiSettings } from './ai-settings.js';

/**
 * An empty system message or an empty list restores the default. Notices that are not named stay unchanged. Keys stay with the servers
 * that they belong to.
 */
export function mergeAiChanges(current: AiSettings | null | undefined, changes: AiChanges): AiSettings {
  const settings = bindKeysToServers(current, changes, { ...AI_DEFAULTS, ...current, ...changes });
  return {
    ...settings,
    systemMessage: settings.systemMessage || AI_DEFAULTS.systemMessage,
    notices: mergeNotices(current?.notices, changes.notices),
  };
}

/** Each notice separately: an empty text removes the bot's own text. */
function mergeNotices(current: AiSettings['notices'], changes: AiSettings['notices']): AiSettings['notices'] {
  const notices = Object.entries({ ...current, ...changes }).filter(([, text]) => text !== '');
  return notices.length > 0 ? Object.fromEntries(notices) : undefined;
}

/** Base URLs that differ only in trailing slashes name the same server. Absent: the server of `OPENAI_BASE_URL`. */
const serverOf = (baseUrl: string | undefined): string => (baseUrl ?? '').replace(/\/+$/, '');

/**
 * Binds keys to servers. A key belongs to the base URL that it was given for and is never sent to another one: a change of the base URL
 * without a key drops the key. A fallback without a base URL uses that of the first model, so its key is dropped as well.
 *
 * @param current the settings before the change
 * @param merged the settings after the change, still with all known keys
 */
function bindKeysToServers(current: AiSettings | null | undefined, changes: AiChanges, merged: AiSettings): AiSettings {
  const isSameServer = serverOf(current?.baseUrl) === serverOf(merged.baseUrl);
  const hasServer = ({ baseUrl }: AiFallback) => baseUrl !== undefined || isSameServer;
  const knownFor = (entry: AiFallback): string | undefined => {
    const isKnown = ({ baseUrl, apiKeyEncrypted }: AiFallback) =>
      apiKeyEncrypted !== undefined && serverOf(baseUrl) === serverOf(entry.baseUrl);
    return hasServer(entry) ? current?.fallback?.find(isKnown)?.apiKeyEncrypted : undefined;
  };
  const keyOf = (entry: AiFallback): string | undefined => {
    if (changes.fallback) return entry.apiKeyEncrypted ?? knownFor(entry);
    return hasServer(entry) ? entry.apiKeyEncrypted : undefined;
  };
  return {
    ...merged,
    apiKeyEncrypted: isSameServer || 'apiKeyEncrypted' in changes ? merged.apiKeyEncrypted : undefined,
    fallback: merged.fallback?.map((entry) => ({ ...entry, apiKeyEncrypted: keyOf(entry) })),
  };
}

/** @returns the models that had their own key before a change and lost it although the change did not request that */
export function modelsWithoutKey(before: AiSettings | undefined, changes: AiChanges, after: AiSettings): string[] {
  const lostFirst =
    before?.apiKeyEncrypted !== undefined && after.apiKeyEncrypted === undefined && !('apiKeyEncrypted' in changes);
  const lostFallbacks = (after.fallback ?? []).filter(
    ({ model, apiKeyEncrypted }) =>
      apiKeyEncrypted === undefined &&
      before?.fallback?.some((known) => known.model === model && known.apiKeyEncrypted !== undefined),
  );
  return [...(lostFirst ? ['the first model'] : []), ...lostFallbacks.map(({ model }) => `the fallback ${model}`)];
}
