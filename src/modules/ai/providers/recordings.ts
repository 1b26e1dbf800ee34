import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE } from '../../../core/filesystem/private-files.js';
import { ModelFailure } from './model-failure.js';
import type { ModelEvent, ModelProvider, WireRequest } from './model.types.js';

interface Recording {
  request: Record<string, unknown>;
  events: ModelEvent[];
}

/** Hash of a request body, independent of the order of its fields. */
export const requestHash = (body: unknown): string => createHash('sha256').update(canonical(body)).digest('hex');

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join(',')}}`;
}

/** Records the completed responses of another provider. */
export class RecordingProvider implements ModelProvider {
  constructor(
    private readonly inner: ModelProvider,
    private readonly folder: string,
  ) {}

  async *stream(request: WireRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const events: ModelEvent[] = [];
    for await (const event of this.inner.stream(request, signal)) {
      events.push(event);
      if (event.type === 'finished') await this.write({ request: { ...request.body }, events });
      yield event;
    }
  }

  private async write(recording: Recording): Promise<void> {
    await makePrivateFolder(this.folder);
    const name = `${requestHash(recording.request)}.json`;
    await writeFile(join(this.folder, name), `${JSON.stringify(recording, null, 2)}\n`, { mode: PRIVATE_FILE });
  }
}

/** Replays recordings. A request without a recording fails with its differences from the nearest one. */
export class ReplayProvider implements ModelProvider {
  constructor(private readonly folder: string) {}

  async *stream({ body }: WireRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const recording = await this.read(`${requestHash(body)}.json`);
    if (!recording) throw new ModelFailure('replay_mismatch', await this.explain(body));
    for (const event of recording.events) {
      if (signal.aborted) return;
      yield event;
    }
  }

  private async read(name: string): Promise<Recording | undefined> {
    const text = await readFile(join(this.folder, name), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Recording);
  }

  private async explain(body: WireRequest['body']): Promise<string> {
    const names = (await readdir(this.folder).catch((): string[] => [])).filter((name) => name.endsWith('.json'));
    const found = await Promise.all(names.map(async (name) => ({ name, recording: await this.read(name) })));
    const candidates = found.flatMap(({ name, recording }) =>
      recording ? [{ name, differences: differencesOf(recording.request, body) }] : [],
    );
    const [nearest] = candidates.sort((a, b) => a.differences.length - b.differences.length);
    if (!nearest) return `No recordings in ${this.folder}.`;
    return `No recording matches this request. The nearest, ${nearest.name}, differs:\n${nearest.differences.join('\n')}`;
  }
}

/** Removed and added values, by path. */
export function differencesOf(recorded: unknown, requested: unknown, path = ''): string[] {
  if (typeof recorded === 'object' && typeof requested === 'object' && recorded !== null && requested !== null) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(requested)])];
    return names.flatMap((name) =>
      differencesOf(
        (recorded as Record<string, unknown>)[name],
        (requested as Record<string, unknown>)[name],
        path ? `${path}.${name}` : name,
      ),
    );
  }
  return Object.is(recorded, requested)
    ? []
    : [`- ${path}: ${JSON.stringify(recorded)}`, `+ ${path}: ${JSON.stringify(requested)}`];
}
