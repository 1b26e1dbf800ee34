/** Interval between two deltas of one draft: shorter than a reader notices. */
const DELTA_MS = 100;
/** Interval between two checkpoints: the longest wait of a viewer that connects late. */
const CHECKPOINT_MS = 1000;
/** A hint must fit into a Postgres notification, whatever the size of its characters in UTF-8 and JSON. */
const DELTA_CHARS = 1000;

/** The output of a draft. */
export interface DraftOutlet {
  /** Publishes a delta to the live viewers: the text that follows at this offset. */
  tell(from: number, text: string): void;
  /** Stores the text for viewers that connect late. @returns false if another writer has taken over the draft */
  keep(text: string, isFirst: boolean): Promise<boolean>;
  /** Notifies viewers that missed a delta that the stored text is newer. */
  kept(length: number): void;
}

/**
 * Writes one draft: the first text is published at once, later text is collected for a tenth of a second, and the published text is stored
 * about once a second. Storing never delays publishing.
 */
export class DraftWriter {
  private body = '';
  private publishedLength = 0;
  private checkpointed = 0;
  private publishTimer: NodeJS.Timeout | undefined;
  private checkpointTimer: NodeJS.Timeout | undefined;
  private lastPublishedAt = -Infinity;
  private writing: Promise<void> = Promise.resolve();
  private hasBegun = false;
  private isOver = false;

  /** @param onLost called once if another writer takes over the draft */
  constructor(
    private readonly outlet: DraftOutlet,
    private readonly onLost: () => void,
  ) {}

  get text(): string {
    return this.body;
  }

  append(text: string): void {
    if (this.isOver || text === '') return;
    this.body += text;
    this.checkpointTimer ??= setTimeout(() => this.checkpoint(), this.hasBegun ? CHECKPOINT_MS : 0);
    const wait = this.lastPublishedAt + DELTA_MS - performance.now();
    if (wait <= 0) this.publish();
    else this.publishTimer ??= setTimeout(() => this.publish(), wait);
  }

  /** Publishes the remaining text and stores nothing more. Resolves when no write is in progress. */
  async end(): Promise<void> {
    if (!this.isOver) this.publish();
    this.isOver = true;
    clearTimeout(this.publishTimer);
    clearTimeout(this.checkpointTimer);
    await this.writing;
  }

  private publish(): void {
    clearTimeout(this.publishTimer);
    this.publishTimer = undefined;
    this.lastPublishedAt = performance.now();
    while (this.publishedLength < this.body.length) {
      const text = this.body.slice(this.publishedLength, this.publishedLength + DELTA_CHARS);
      this.outlet.tell(this.publishedLength, text);
      this.publishedLength += text.length;
    }
  }

  private checkpoint(): void {
    const { body } = this;
    const isFirst = !this.hasBegun;
    this.hasBegun = true;
    this.writing = this.outlet
      .keep(body, isFirst)
      .then((isOurs) => {
        if (!isOurs) return this.lose();
        this.checkpointed = body.length;
        this.outlet.kept(body.length);
      })
      .catch(() => undefined) // the next checkpoint may succeed
      .finally(() => {
        this.checkpointTimer = undefined;
        if (!this.isOver && this.checkpointed < this.body.length) {
          this.checkpointTimer = setTimeout(() => this.checkpoint(), CHECKPOINT_MS);
        }
      });
  }

  private lose(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.publishTimer);
    this.onLost();
  }
}
