import { IsBoolean, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiInt } from './platform-openapi.js';
import { HasShortItems, IsStringMap } from './platform.validators.js';

/** Metadata to add. */
export class PlatformNewMetadataDto {
  /**
   * Values of at most 65536 characters by keys of at most 128 characters without a comma.
   * @example {"colour":"red"}
   */
  @IsObject()
  @IsStringMap()
  @HasShortItems()
  metadata: Record<string, string>;

  /** Whether the response contains the time as `ts`. */
  @IsOptional()
  @IsBoolean()
  include_ts?: boolean = false;
}

/** Metadata to change. */
export class PlatformMetadataChangesDto {
  /**
   * Values of at most 65536 characters by keys of at most 128 characters without a comma.
   * @example {"colour":"blue"}
   */
  @IsObject()
  @IsStringMap()
  @HasShortItems()
  metadata: Record<string, string>;

  /** Whether missing items are added; otherwise they are an error. */
  @IsOptional()
  @IsBoolean()
  upsert?: boolean = false;
}

/** One metadata item to change. */
export class PlatformMetadataValueDto {
  /**
   * The new value: at most 65536 characters.
   * @example blue
   */
  @IsString()
  @MaxLength(65_536)
  value: string;

  /** Whether a missing item is added; otherwise it is an error. */
  @IsOptional()
  @IsBoolean()
  upsert?: boolean = false;
}

/** Selects one metadata item. */
export class PlatformMetadataKeyQueryDto {
  /**
   * The key of the item to return; default: all items.
   * @example colour
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  key?: string;
}

/** Selects metadata items. */
export class PlatformMetadataQueryDto extends PlatformMetadataKeyQueryDto {
  /**
   * Comma-separated keys of the items to return; default: all items.
   * @example ["colour"]
   */
  @IsOptional()
  @IsString({ each: true })
  keys?: string[];
}

/** The added metadata. */
export class PlatformAddedMetadataDto {
  /** The added items. @example {"colour":"red"} */
  metadata: Record<string, string>;

  /** Whether the response contains `ts`. @example false */
  include_ts: boolean;

  /**
   * The time in milliseconds since 1970, if requested.
   * @example 1790000100123
   */
  @ApiInt()
  ts?: number;
}

/** @param withTime whether the response contains the time */
export const toAddedMetadata = (metadata: Record<string, string>, withTime = false): PlatformAddedMetadataDto => ({
  metadata,
  include_ts: withTime,
  ...(withTime ? { ts: Date.now() } : {}),
});

/** @returns the items that the query selects; all by default */
export function pickMetadata(
  metadata: Readonly<Record<string, string>>,
  { key, keys = [] }: PlatformMetadataQueryDto,
): Record<string, string> {
  const wanted = key === undefined ? keys : [key, ...keys];
  if (wanted.length === 0) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => wanted.includes(name)));
}
