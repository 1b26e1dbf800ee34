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
  private told = 0;
  private checkpointed = 0;
  private tellTimer: NodeJS.Timeout | undefined;
  private keepTimer: NodeJS.Timeout | undefined;
  private lastToldAt = -Infinity;
  private keeping: Promise<void> = Promise.resolve();
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
    this.keepTimer ??= setTimeout(() => this.keep(), this.hasBegun ? CHECKPOINT_MS : 0);
    const wait = this.lastToldAt + DELTA_MS - performance.now();
    if (wait <= 0) this.tell();
    else this.tellTimer ??= setTimeout(() => this.tell(), wait);
  }

  /** Publishes the remaining text and stores nothing more. Resolves when no write is in progress. */
  async end(): Promise<void> {
    if (!this.isOver) this.tell();
    this.isOver = true;
    clearTimeout(this.tellTimer);
    clearTimeout(this.keepTimer);
    await this.keeping;
  }

  private tell(): void {
    clearTimeout(this.tellTimer);
    this.tellTimer = undefined;
    this.lastToldAt = performance.now();
    while (this.told < this.body.length) {
      const text = this.body.slice(this.told, this.told + DELTA_CHARS);
      this.outlet.tell(this.told, text);
      this.told += text.length;
    }
  }

  private keep(): void {
    const { body } = this;
    const isFirst = !this.hasBegun;
    this.hasBegun = true;
    this.keeping = this.outlet
      .keep(body, isFirst)
      .then((isOurs) => {
        if (!isOurs) return this.lose();
        this.checkpointed = body.length;
        this.outlet.kept(body.length);
      })
      .catch(() => undefined) // the next checkpoint may succeed
      .finally(() => {
        this.keepTimer = undefined;
        if (!this.isOver && this.checkpointed < this.body.length) {
          this.keepTimer = setTimeout(() => this.keep(), CHECKPOINT_MS);
        }
      });
  }

  private lose(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.tellTimer);
    this.onLost();
  }
}
