/** Between two deltas of one draft: faster than anybody reads. */
const DELTA_MS = 100;
/** Between two checkpoints: as much as a viewer who comes late may have to wait for. */
const CHECKPOINT_MS = 1000;
/** A hint has to fit into a notification of Postgres, whatever its letters take in UTF-8 and JSON. */
const DELTA_CHARS = 1000;

/** Where a draft's words go. */
export interface DraftOutlet {
  /** Tells those who look: from this place on, the text goes on so. */
  tell(from: number, text: string): void;
  /** Keeps the text for those who come later. @returns false when another writer has the draft */
  keep(text: string, isFirst: boolean): Promise<boolean>;
  /** Tells those who have missed something that the kept text is newer now. */
  kept(length: number): void;
}

/**
 * Writes one draft: the first words are told at once, later ones gather for a tenth of a second, and what was told is kept
 * about once a second. Keeping never holds up telling.
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

  /** @param onLost called once when another writer has the draft */
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

  /** Tells what is left, and keeps no more. Resolves when nothing is under way. */
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
      .catch(() => undefined) // the next one may succeed
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
