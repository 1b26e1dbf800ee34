import { AI_DEFAULTS, type AiChanges, type AiFallback, type AiSettings } from './ai-settings.js';

/**
 * An empty system message or an empty list restores the default. Notices that are not named stay unchanged. Keys stay with the servers
 * that they belong to.
 */
export function changedAi(current: AiSettings | null | undefined, changes: AiChanges): AiSettings {
  const settings = keepKeysAtServers(current, changes, { ...AI_DEFAULTS, ...current, ...changes });
  return {
    ...settings,
    systemMessage: settings.systemMessage || AI_DEFAULTS.systemMessage,
    notices: changedNotices(current?.notices, changes.notices),
  };
}

/** Each notice separately: an empty text removes the bot's own text. */
function changedNotices(current: AiSettings['notices'], changes: AiSettings['notices']): AiSettings['notices'] {
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
function keepKeysAtServers(current: AiSettings | null | undefined, changes: AiChanges, merged: AiSettings): AiSettings {
  const isSameServer = serverOf(current?.baseUrl) === serverOf(merged.baseUrl);
  const hasServer = ({ baseUrl }: AiFallback) => baseUrl !== undefined || isSameServer;
  const knownFor = (entry: AiFallback): string | undefined => {
    const isKnown = ({ baseUrl, apiKeySealed }: AiFallback) =>
      apiKeySealed !== undefined && serverOf(baseUrl) === serverOf(entry.baseUrl);
    return hasServer(entry) ? current?.fallback?.find(isKnown)?.apiKeySealed : undefined;
  };
  const keyOf = (entry: AiFallback): string | undefined => {
    if (changes.fallback) return entry.apiKeySealed ?? knownFor(entry);
    return hasServer(entry) ? entry.apiKeySealed : undefined;
  };
  return {
    ...merged,
    apiKeySealed: isSameServer || 'apiKeySealed' in changes ? merged.apiKeySealed : undefined,
    fallback: merged.fallback?.map((entry) => ({ ...entry, apiKeySealed: keyOf(entry) })),
  };
}

/** @returns the models that had their own key before a change and lost it although the change did not request that */
export function modelsWithoutKey(before: AiSettings | undefined, changes: AiChanges, after: AiSettings): string[] {
  const lostFirst =
    before?.apiKeySealed !== undefined && after.apiKeySealed === undefined && !('apiKeySealed' in changes);
  const lostFallbacks = (after.fallback ?? []).filter(
    ({ model, apiKeySealed }) =>
      apiKeySealed === undefined &&
      before?.fallback?.some((known) => known.model === model && known.apiKeySealed !== undefined),
  );
  return [...(lostFirst ? ['the first model'] : []), ...lostFallbacks.map(({ model }) => `the fallback ${model}`)];
}
