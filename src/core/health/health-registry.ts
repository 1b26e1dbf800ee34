import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

/** Probes a dependency with a cheap operation, and rejects if that fails. */
export type HealthCheck = () => Promise<void>;

export type CheckState = 'ok' | 'failed' | 'timed_out';

export interface HealthReport {
  /** `degraded` if only checks fail that are not critical. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** States by name. The reason of a failure is only logged, as errors may contain addresses and secrets. */
  readonly checks: Readonly<Record<string, CheckState>>;
}

interface RegisteredCheck {
  readonly name: string;
  readonly check: HealthCheck;
  readonly critical: boolean;
  last: CheckState;
  /** Set while a check runs, also after its timeout, so that a hanging dependency is not checked again and again. */
  running?: Promise<void>;
}

const CHECK_TIMEOUT_MS = 500;

/** Reports whether this process can serve requests. The owner of a connection registers a check for it. */
@Injectable()
export class HealthRegistry implements OnModuleDestroy {
  private readonly logger = new Logger(HealthRegistry.name);
  private readonly checks = new Map<string, RegisteredCheck>();
  private shuttingDown = false;

  /**
   * @param critical whether the process cannot work while this check fails
   * @throws Error if the name is taken
   */
  register(name: string, check: HealthCheck, { critical }: { critical: boolean }): void {
    if (this.checks.has(name)) throw new Error(`Health check is already registered: ${name}`);
    this.checks.set(name, { name, check, critical, last: 'ok' });
  }

  /** Reports the process as unavailable from now on, so that load balancers send no new requests while it finishes the current ones. */
  beginShutdown(): void {
    this.shuttingDown = true;
  }

  onModuleDestroy(): void {
    this.beginShutdown();
  }

  /** Runs all checks in parallel; takes at most half a second and never rejects. */
  async report(): Promise<HealthReport> {
    if (this.shuttingDown) return { status: 'unavailable', checks: { shutdown: 'failed' } };
    const checks = [...this.checks.values()];
    const states = await Promise.all(checks.map((check) => this.run(check)));
    const failed = checks.filter((_, i) => states[i] !== 'ok');
    return {
      status: failed.length === 0 ? 'ok' : failed.some(({ critical }) => critical) ? 'unavailable' : 'degraded',
      checks: Object.fromEntries(checks.map(({ name }, i) => [name, states[i]])),
    };
  }

  private async run(check: RegisteredCheck): Promise<CheckState> {
    check.running ??= (async () => check.check())().finally(() => (check.running = undefined));
    const { state, reason } = await outcomeWithin(CHECK_TIMEOUT_MS, check.running);
    if (state !== check.last) this.logChange(check, state, reason);
    check.last = state;
    return state;
  }

  private logChange({ name }: RegisteredCheck, state: CheckState, reason: unknown): void {
    if (state === 'ok') this.logger.log(`Health check recovered: ${name}`);
    else this.logger.warn(`Health check failed: ${name}`, reason);
  }
}

interface Outcome {
  readonly state: CheckState;
  readonly reason?: unknown;
}

async function outcomeWithin(milliseconds: number, work: Promise<void>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Outcome>((resolve) => {
    timer = setTimeout(resolve, milliseconds, { state: 'timed_out', reason: `Timed out after ${milliseconds} ms` });
  });
  const outcome = work.then(
    (): Outcome => ({ state: 'ok' }),
    (reason: unknown): Outcome => ({ state: 'failed', reason }),
  );
  return Promise.race([outcome, timeout]).finally(() => clearTimeout(timer));
}
