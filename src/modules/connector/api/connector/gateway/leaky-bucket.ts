/** Leaky bucket: allows a sustained rate of `perSecond` and bursts of `burst`. */
export class LeakyBucket {
  private level = 0;
  private lastAt = Date.now();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** @returns whether one more is within the limit */
  take(): boolean {
    const now = Date.now();
    this.level = Math.max(0, this.level - ((now - this.lastAt) / 1000) * this.perSecond);
    this.lastAt = now;
    if (this.level + 1 > this.burst) return false;
    this.level += 1;
    return true;
  }
}
