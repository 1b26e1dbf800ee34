import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../../support/client-api.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { answerOk, type Behaviour, type ReceivedCallback } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type Audience, Deployment, distinct, gather, type Tally } from '../deployment.js';
import { report, secondsSince } from './report.js';

export const CHATS = 40;
/** Fewer, to try a scenario out. */
export const MESSAGES_PER_CHAT = Number(process.env.FAULTS_MESSAGES_PER_CHAT ?? 250);
/** Lanes that two workers may have in hand when they are killed: each may be told twice. */
export const SLOTS = 2 * 40;
const ENOUGH_MS = 240_000;
const AFTER_A_REFUSAL_MS = 50;

/** A lane is another's soon after its worker has died, so that a run needs no minutes. */
const ENV = { CALLBACK_TIMEOUT_MS: '2000', CONNECTOR_ACK_TIMEOUT_MS: '2000', DELIVERY_LEASE_SLACK_MS: '1000' };

/** Answers after a moment, as bots do. */
const soon: Behaviour = (callback, response) => void setTimeout(() => answerOk(callback, response), 5);

export interface FaultRun {
  fault: string;
  what: string;
  redis?: TestRedis;
  databaseUrl?: string;
  env?: Record<string, string>;
  chats?: number;
  messagesPerChat?: number;
  /** Between two messages of one chat. */
  pauseMs?: number;
  workers?: number;
  /** One worker for each, with these settings. */
  workerEnvs?: readonly Record<string, string>[];
  behaviour?: Behaviour;
  /** Added to the table's line. */
  note?: (outcome: Outcome) => string;
  /** Does its worst while the messages are being said. @param progress waits until this share of them has arrived */
  harm(deployment: Deployment, progress: (share: number) => Promise<void>, audience: Audience): Promise<void>;
}

/** One message that somebody has tried to say. */
export interface SendTry {
  chatId: string;
  at: number;
  ms: number;
  /** 0 when no answer came. */
  status: number;
  body: string;
}

export interface Outcome extends Tally {
  tries: SendTry[];
  refusals: SendTry[];
  /** No process has ended, or said that it must, other than those that were killed. */
  alive: boolean;
  /** Longest time without any callback, between the first and the last. */
  longestSilenceMs: number;
  received: readonly ReceivedCallback[];
  /** What each process has written; those that were replaced are not among them. */
  outputs: string[];
}

/** Says 10,000 messages in 40 chats while something goes wrong, and judges what the bot was told of those that were accepted. */
export async function run(options: FaultRun): Promise<Outcome> {
  const {
    redis,
    databaseUrl,
    env,
    workerEnvs,
    chats = CHATS,
    messagesPerChat = MESSAGES_PER_CHAT,
    workers = 2,
  } = options;
  const deployment = await Deployment.start({ redis, env: { ...ENV, ...env }, workers, workerEnvs, databaseUrl });
  const { sink } = deployment;
  try {
    sink.behave(options.behaviour ?? soon);
    const audience = await gather(deployment, chats);
    const startedAt = performance.now();
    const { promised, tries, done } = sayPaced(deployment, audience, messagesPerChat, options.pauseMs);
    const total = chats * messagesPerChat;
    const progress = (share: number) =>
      waitFor(() => distinct(sink.received) >= total * share, { what: `${share} of it all`, timeoutMs: ENOUGH_MS });
    await options.harm(deployment, async (share) => void (await progress(share)), audience);
    await done;
    const missing = () => {
      const seen = new Set(sink.received.map(({ headers }) => String(headers['webhook-id'])));
      return [...promised].filter((id) => !seen.has(id)).length;
    };
    const all = { what: 'all that was promised', timeoutMs: ENOUGH_MS };
    await waitFor(() => missing() === 0, all).catch(() => undefined); // what is missing then is told as lost
    const seconds = secondsSince(startedAt);
    const outcome = judge(deployment, tries, promised, missing());
    const { lost, outOfOrder, duplicates, refusals } = outcome;
    const notes = [options.note?.(outcome), refusals.length > 0 ? `${refusals.length} sends refused` : undefined];
    const note = notes.filter(Boolean).join('; ');
    const { fault, what } = options;
    report({ fault, what, events: promised.size, lost, outOfOrder, duplicates, seconds, note });
    return outcome;
  } finally {
    await deployment.stop();
  }
}

/** One message after the other in each chat, all chats at once. What is refused is not said again. */
function sayPaced({ client }: Deployment, { chats }: Audience, messagesPerChat: number, pauseMs = 0) {
  const promised = new Set<string>();
  const tries: SendTry[] = [];
  const say = async (chat: number, n: number): Promise<void> => {
    const { person, id } = chats[chat];
    const [at, startedAt] = [Date.now(), performance.now()];
    const note = (status: number, body: string) =>
      tries.push({ chatId: id, at, ms: performance.now() - startedAt, status, body });
    try {
      promised.add(`evt_${(await client.say(person, id, JSON.stringify({ chat, n }))).id}`);
      note(201, '');
    } catch (error) {
      const { status, body } = error instanceof RefusedError ? error : { status: 0, body: String(error) };
      note(status, body);
      await sleep(AFTER_A_REFUSAL_MS);
    }
  };
  const sayAll = async (chat: number): Promise<void> => {
    for (let n = 0; n < messagesPerChat; n++) {
      const nextAt = performance.now() + pauseMs;
      await say(chat, n);
      if (pauseMs > 0) await sleep(Math.max(nextAt - performance.now(), 0));
    }
  };
  return { promised, tries, done: Promise.all(chats.map((_, chat) => sayAll(chat))) };
}

/**
 * What was told again later than something newer, or for the first time, is disorder; what was told again at once is not. Of what was
 * refused since nobody knew whether it was stored, nobody knows either where it would stand.
 */
function judge({ sink, api, workers }: Deployment, tries: SendTry[], promised: Set<string>, lost: number): Outcome {
  const newest = new Map<number, number>();
  let outOfOrder = 0;
  let longestSilenceMs = 0;
  for (const [index, { headers, body, at }] of sink.received.entries()) {
    const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
    if (promised.has(String(headers['webhook-id']))) {
      if (n < (newest.get(chat) ?? 0)) outOfOrder++;
      newest.set(chat, Math.max(n, newest.get(chat) ?? 0));
    }
    if (index > 0) longestSilenceMs = Math.max(longestSilenceMs, at - sink.received[index - 1].at);
  }
  const programs = [api, ...workers].map(({ program }) => program);
  return {
    lost,
    outOfOrder,
    duplicates: sink.received.length - distinct(sink.received),
    tries,
    refusals: tries.filter(({ status }) => status !== 201),
    alive: programs.every(({ output, hasEnded }) => !hasEnded && !output.includes('fatal')),
    longestSilenceMs,
    received: sink.received,
    outputs: programs.map(({ output }) => output),
  };
}

/** How sends were refused, each status and code once. */
export const answersOf = ({ refusals }: Outcome): string[] => [
  ...new Set(refusals.map(({ status, body }) => `${status} ${codeOf(body)}`)),
];

/** A connection that broke has no body, only an error. */
function codeOf(body: string): string {
  try {
    return (JSON.parse(body) as { code: string }).code;
  } catch {
    return body;
  }
}

/** @param share 0.99 for the 99th percentile */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}

/** The same on each backend of the queue; `restart` gives each test that asks for it a Redis of its own, which it may harm. */
export function onEachBackend(tests: (backend: string, start: () => Promise<TestRedis | undefined>) => void): void {
  describe('with the queue on Postgres', () => tests('postgres', async () => undefined));
  describeWithRedis('with the queue on Redis', () => tests('redis', startRedis));
}
