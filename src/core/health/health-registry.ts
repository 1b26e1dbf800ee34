import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

/** Does something small with the thing that it watches over, and rejects if that fails. */
export type HealthCheck = () => Promise<void>;

export type CheckState = 'ok' | 'failed' | 'timed_out';

export interface HealthReport {
  /** `degraded` if only checks fail that are not critical. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** States by name. Why one fails is in the log only, as errors may hold addresses and secrets. */
  readonly checks: Readonly<Record<string, CheckState>>;
}

interface RegisteredCheck {
  readonly name: string;
  readonly check: HealthCheck;
  readonly critical: boolean;
  last: CheckState;
  /** Set while a run that was given up on is still going, so that a hanging service is not asked over and over. */
  running?: Promise<void>;
}

const CHECK_TIMEOUT_MS = 500;

/** Knows whether this process should be given work. Whoever owns a connection registers a check for it. */
@Injectable()
export class HealthRegistry implements OnModuleDestroy {
  private readonly logger = new Logger(HealthRegistry.name);
  private readonly checks = new Map<string, RegisteredCheck>();
  private shuttingDown = false;

  /**
   * @param critical whether the process is of no use while this fails
   * @throws Error if the name is taken
   */
  register(name: string, check: HealthCheck, { critical }: { critical: boolean }): void {
    if (this.checks.has(name)) throw new Error(`There is a health check named ${name} already.`);
    this.checks.set(name, { name, check, critical, last: 'ok' });
  }

  /** From now on the process is unavailable, so that balancers turn away while the work in hand is finished. */
  beginShutdown(): void {
    this.shuttingDown = true;
  }

  onModuleDestroy(): void {
    this.beginShutdown();
  }

  /** Runs all checks at once; takes half a second at most, and never rejects. */
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
    if (state !== check.last) this.tellChange(check, state, reason);
    check.last = state;
    return state;
  }

  private tellChange({ name }: RegisteredCheck, state: CheckState, reason: unknown): void {
    if (state === 'ok') this.logger.log(`The health check ${name} succeeds again.`);
    else this.logger.warn(`The health check ${name} fails.`, reason);
  }
}

interface Outcome {
  readonly state: CheckState;
  readonly reason?: unknown;
}

async function outcomeWithin(milliseconds: number, work: Promise<void>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Outcome>((resolve) => {
    timer = setTimeout(resolve, milliseconds, { state: 'timed_out', reason: `It took over ${milliseconds} ms.` });
  });
  const outcome = work.then(
    (): Outcome => ({ state: 'ok' }),
    (reason: unknown): Outcome => ({ state: 'failed', reason }),
  );
  return Promise.race([outcome, timeout]).finally(() => clearTimeout(timer));
}
