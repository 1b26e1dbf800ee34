/** The operator's notes on a user or a chat: strings by their names. */
export type Metadata = Record<string, string>;

/** How the module whose metadata it is refuses what cannot be done. */
export interface MetadataRefusals {
  exists: (key: string) => Error;
  notFound: (key: string) => Error;
}

/** What may be done with metadata. Nothing is changed in place. */
export class MetadataRules {
  constructor(private readonly refusals: MetadataRefusals) {}

  /** @throws the refusal `exists` for an item that is there already */
  add(metadata: Metadata, items: Metadata): Metadata {
    const taken = Object.keys(items).find((key) => Object.hasOwn(metadata, key));
    if (taken !== undefined) throw this.refusals.exists(taken);
    return { ...metadata, ...items };
  }

  /** @param upsert whether unknown items are added @throws the refusal `notFound` for an unknown item, without `upsert` */
  update(metadata: Metadata, items: Metadata, upsert: boolean): Metadata {
    if (!upsert) for (const key of Object.keys(items)) this.mustHave(metadata, key);
    return { ...metadata, ...items };
  }

  /** @param key undefined for all @throws the refusal `notFound` */
  remove(metadata: Metadata, key: string | undefined): Metadata {
    if (key === undefined) return {};
    this.mustHave(metadata, key);
    return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
  }

  /** The one item. @throws the refusal `notFound` */
  pick(metadata: Metadata, key: string): Metadata {
    this.mustHave(metadata, key);
    return { [key]: metadata[key] };
  }

  private mustHave(metadata: Metadata, key: string): void {
    if (!Object.hasOwn(metadata, key)) throw this.refusals.notFound(key);
  }
}
