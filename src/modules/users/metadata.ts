/** Metadata of a user or a chat: strings by key, set by the service. */
export type Metadata = Record<string, string>;

/** The errors of the module that owns the metadata. */
export interface MetadataErrors {
  exists: (key: string) => Error;
  notFound: (key: string) => Error;
}

/** Operations on metadata. They return copies. */
export class MetadataRules {
  constructor(private readonly errors: MetadataErrors) {}

  /** @throws the error `exists` for an existing item */
  add(metadata: Metadata, items: Metadata): Metadata {
    const taken = Object.keys(items).find((key) => Object.hasOwn(metadata, key));
    if (taken !== undefined) throw this.errors.exists(taken);
    return { ...metadata, ...items };
  }

  /** @param upsert adds unknown items @throws the error `notFound` for an unknown item without `upsert` */
  update(metadata: Metadata, items: Metadata, upsert: boolean): Metadata {
    if (!upsert) for (const key of Object.keys(items)) this.requireItem(metadata, key);
    return { ...metadata, ...items };
  }

  /** @param key undefined for all @throws the error `notFound` */
  remove(metadata: Metadata, key: string | undefined): Metadata {
    if (key === undefined) return {};
    this.requireItem(metadata, key);
    return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
  }

  /** Returns one item. @throws the error `notFound` */
  pick(metadata: Metadata, key: string): Metadata {
    this.requireItem(metadata, key);
    return { [key]: metadata[key] };
  }

  private requireItem(metadata: Metadata, key: string): void {
    if (!Object.hasOwn(metadata, key)) throw this.errors.notFound(key);
  }
}
