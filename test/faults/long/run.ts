import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../support/client-api.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { respondOk, type Behaviour, type ReceivedCallback } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type Audience, Deployment, distinct, gather, type Tally } from '../deployment.js';
import { report, secondsSince } from './report.js';

export const CHATS = 40;
/** Lower for trial runs. */
export const MESSAGES_PER_CHAT = Number(process.env.FAULTS_MESSAGES_PER_CHAT ?? 250);
/** Subscriptions that two workers may serve when they are killed: each may receive one duplicate. */
export const SLOTS = 2 * 40;
const MAX_WAIT_MS = 240_000;
const BACK_OFF_MS = 50;

/** Short leases, so that other workers take over soon. */
const ENV = { CALLBACK_TIMEOUT_MS: '2000', CONNECTOR_ACK_TIMEOUT_MS: '2000', DELIVERY_LEASE_SLACK_MS: '1000' };

/** Responds after 5 ms. */
const respondSoon: Behaviour = (callback, response) => void setTimeout(() => respondOk(callback, response), 5);

export interface FaultRun {
  fault: string;
  what: string;
  redis?: TestRedis;
  databaseUrl?: string;
  env?: Record<string, string>;
  chats?: number;
  messagesPerChat?: number;
  /** Pause between two messages of one chat. */
  pauseMs?: number;
  workers?: number;
  /** One worker for each, with these settings. */
  workerEnvs?: readonly Record<string, string>[];
  behaviour?: Behaviour;
  /** Text for the line of the table. */
  note?: (outcome: Outcome) => string;
  /** Causes the fault during the sends. @param progress waits until this share of the messages is delivered */
  harm(deployment: Deployment, progress: (share: number) => Promise<void>, audience: Audience): Promise<void>;
}

/** One attempt to send a message. */
export interface SendTry {
  chatId: string;
  at: number;
  ms: number;
  /** 0 without a response. */
  status: number;
  body: string;
}

export interface Outcome extends Tally {
  /** A description of each callback that is out of order. */
  disorders: string[];
  tries: SendTry[];
  rejected: SendTry[];
  /** Whether no process has ended or logged a fatal error, except killed ones. */
  alive: boolean;
  /** Longest time without any callback, between the first and the last. */
  longestSilenceMs: number;
  received: readonly ReceivedCallback[];
  /** The output of each process, without replaced ones. */
  outputs: string[];
}

/** Sends 10,000 messages in 40 chats during a fault, and counts lost, disordered and repeated callbacks of the accepted ones. */
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
    sink.setBehaviour(options.behaviour ?? respondSoon);
    const audience = await gather(deployment, chats);
    const startedAt = performance.now();
    const { accepted, tries, done } = sendPaced(deployment, audience, messagesPerChat, options.pauseMs);
    const total = chats * messagesPerChat;
    const progress = (share: number) =>
      waitFor(() => distinct(sink.received) >= total * share, {
        what: `${share} of the messages`,
        timeoutMs: MAX_WAIT_MS,
      });
    await options.harm(deployment, async (share) => void (await progress(share)), audience);
    await done;
    const missing = () => {
      const seen = new Set(sink.received.map(({ headers }) => String(headers['webhook-id'])));
      return [...accepted].filter((id) => !seen.has(id)).length;
    };
    const all = { what: 'all accepted messages', timeoutMs: MAX_WAIT_MS };
    await waitFor(() => missing() === 0, all).catch(() => undefined); // the rest is counted as lost
    const seconds = secondsSince(startedAt);
    const outcome = summarize(deployment, tries, accepted, missing());
    const { lost, outOfOrder, duplicates, rejected } = outcome;
    const notes = [
      options.note?.(outcome),
      rejected.length > 0 ? `${rejected.length} sends refused` : undefined,
      ...outcome.disorders,
    ];
    const note = notes.filter(Boolean).join('; ');
    const { fault, what } = options;
    report({ fault, what, events: accepted.size, lost, outOfOrder, duplicates, seconds, note });
    return outcome;
  } finally {
    await deployment.stop();
  }
}

/** Sends messages sequentially in each chat, all chats concurrently. Refused messages are not sent again. */
function sendPaced({ client }: Deployment, { chats }: Audience, messagesPerChat: number, pauseMs = 0) {
  const accepted = new Set<string>();
  const tries: SendTry[] = [];
  const send = async (chat: number, n: number): Promise<void> => {
    const { person, id } = chats[chat];
    const [at, startedAt] = [Date.now(), performance.now()];
    const record = (status: number, body: string) =>
      tries.push({ chatId: id, at, ms: performance.now() - startedAt, status, body });
    try {
      accepted.add(`evt_${(await client.sendMessage(person, id, JSON.stringify({ chat, n }))).id}`);
      record(201, '');
    } catch (error) {
      const { status, body } = error instanceof ApiError ? error : { status: 0, body: String(error) };
      record(status, body);
      await sleep(BACK_OFF_MS);
    }
  };
  const sendAll = async (chat: number): Promise<void> => {
    for (let n = 0; n < messagesPerChat; n++) {
      const nextAt = performance.now() + pauseMs;
      await send(chat, n);
      if (pauseMs > 0) await sleep(Math.max(nextAt - performance.now(), 0));
    }
  };
  return { accepted, tries, done: Promise.all(chats.map((_, chat) => sendAll(chat))) };
}

/**
 * A callback after a newer one of its chat counts as disorder, an immediate repetition does not. Refused messages are not counted:
 * it is unknown whether they are stored.
 */
function summarize({ sink, api, workers }: Deployment, tries: SendTry[], accepted: Set<string>, lost: number): Outcome {
  const newest = new Map<number, number>();
  const firstAt = new Map<string, number>();
  const disorders: string[] = [];
  let longestSilenceMs = 0;
  for (const [index, { headers, body, at }] of sink.received.entries()) {
    const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
    const id = String(headers['webhook-id']);
    if (accepted.has(id)) {
      const sinceMs = at - (firstAt.get(id) ?? at);
      firstAt.set(id, at - sinceMs);
      if (n < (newest.get(chat) ?? 0))
        disorders.push(
          `chat ${chat}: ${n} after ${newest.get(chat)}, attempt ${String(headers['x-delivery-attempt'])}, ${sinceMs} ms after its first`,
        );
      newest.set(chat, Math.max(n, newest.get(chat) ?? 0));
    }
    if (index > 0) longestSilenceMs = Math.max(longestSilenceMs, at - sink.received[index - 1].at);
  }
  const programs = [api, ...workers].map(({ program }) => program);
  return {
    lost,
    outOfOrder: disorders.length,
    disorders,
    duplicates: sink.received.length - distinct(sink.received),
    tries,
    rejected: tries.filter(({ status }) => status !== 201),
    alive: programs.every(({ output, hasEnded }) => !hasEnded && !output.includes('fatal')),
    longestSilenceMs,
    received: sink.received,
    outputs: programs.map(({ output }) => output),
  };
}

/** The distinct statuses and codes of refused sends. */
export const answersOf = ({ rejected }: Outcome): string[] => [
  ...new Set(rejected.map(({ status, body }) => `${status} ${codeOf(body)}`)),
];

/** A broken connection has no body, only an error. */
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

/** Defines the tests for each backend of the queue. `start` starts a separate Redis, if the backend needs one. */
export function onEachBackend(tests: (backend: string, start: () => Promise<TestRedis | undefined>) => void): void {
  describe('with the queue on Postgres', () => tests('postgres', async () => undefined));
  describeWithRedis('with the queue on Redis', () => tests('redis', startRedis));
}
