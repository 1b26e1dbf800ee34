/** Interval between two deltas of one draft: shorter than a reader notices. */
const DELTA_MS = 100;
/** Interval between two checkpoints: the longest wait of a viewer that connects late. */
const CHECKPOINT_MS = 1000;
/** A delta must fit into the payload of a Postgres NOTIFY, whatever the size of its characters in UTF-8 and JSON. */
const DELTA_CHARS = 1000;

/** The output of a draft. */
export interface DraftOutput {
  /** Publishes a delta to the live viewers: the text that follows at this offset. */
  publishDelta(from: number, text: string): void;
  /** Stores the text for viewers that connect late. @returns false if another writer has taken over the draft */
  save(text: string, isFirst: boolean): Promise<boolean>;
  /** Notifies viewers that missed a delta that the stored text is newer. */
  publishLength(length: number): void;
}

/**
 * Writes one draft: the first text is published at once, later text is collected for a tenth of a second, and the published text is stored
 * about once a second. Storing never delays publishing.
 */
export class DraftWriter {
  private body = '';
  private publishedLength = 0;
  private savedLength = 0;
  private publishTimer: NodeJS.Timeout | undefined;
  private checkpointTimer: NodeJS.Timeout | undefined;
  private lastPublishedAt = -Infinity;
  private pendingWrite: Promise<void> = Promise.resolve();
  private hasStarted = false;
  private isEnded = false;

  /** @param onLost called once if another writer takes over the draft */
  constructor(
    private readonly output: DraftOutput,
    private readonly onLost: () => void,
  ) {}

  get text(): string {
    return this.body;
  }

  append(text: string): void {
    if (this.isEnded || text === '') return;
    this.body += text;
    this.checkpointTimer ??= setTimeout(() => this.checkpoint(), this.hasStarted ? CHECKPOINT_MS : 0);
    const wait = this.lastPublishedAt + DELTA_MS - performance.now();
    if (wait <= 0) this.publish();
    else this.publishTimer ??= setTimeout(() => this.publish(), wait);
  }

  /** Publishes the remaining text and stores nothing more. Resolves when no write is in progress. */
  async end(): Promise<void> {
    if (!this.isEnded) this.publish();
    this.isEnded = true;
    clearTimeout(this.publishTimer);
    clearTimeout(this.checkpointTimer);
    await this.pendingWrite;
  }

  private publish(): void {
    clearTimeout(this.publishTimer);
    this.publishTimer = undefined;
    this.lastPublishedAt = performance.now();
    while (this.publishedLength < this.body.length) {
      const text = this.body.slice(this.publishedLength, this.publishedLength + DELTA_CHARS);
      this.output.publishDelta(this.publishedLength, text);
      this.publishedLength += text.length;
    }
  }

  private checkpoint(): void {
    const { body } = this;
    const isFirst = !this.hasStarted;
    this.hasStarted = true;
    this.pendingWrite = this.output
      .save(body, isFirst)
      .then((isOurs) => {
        if (!isOurs) return this.handleTakeover();
        this.savedLength = body.length;
        this.output.publishLength(body.length);
      })
      .catch(() => undefined) // the next checkpoint may succeed
      .finally(() => {
        this.checkpointTimer = undefined;
        if (!this.isEnded && this.savedLength < this.body.length) {
          this.checkpointTimer = setTimeout(() => this.checkpoint(), CHECKPOINT_MS);
        }
      });
  }

  private handleTakeover(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.publishTimer);
    this.onLost();
  }
}
