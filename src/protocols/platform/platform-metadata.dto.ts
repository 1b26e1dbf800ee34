import { IsBoolean, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiInt } from './platform-openapi.js';
import { HasShortItems, IsStringMap } from './platform.validators.js';

/** Metadata to be added. */
export class PlatformNewMetadataDto {
  /**
   * Strings of at most 65536 characters by their names, which contain no comma and have at most 128.
   * @example {"colour":"red"}
   */
  @IsObject()
  @IsStringMap()
  @HasShortItems()
  metadata: Record<string, string>;

  /** Whether the answer tells the time, as `ts`. */
  @IsOptional()
  @IsBoolean()
  include_ts?: boolean = false;
}

/** Metadata to be changed. */
export class PlatformMetadataChangesDto {
  /**
   * Strings of at most 65536 characters by their names, which contain no comma and have at most 128.
   * @example {"colour":"blue"}
   */
  @IsObject()
  @IsStringMap()
  @HasShortItems()
  metadata: Record<string, string>;

  /** Whether items that are not there yet are added; else they are an error. */
  @IsOptional()
  @IsBoolean()
  upsert?: boolean = false;
}

/** One item of metadata to be changed. */
export class PlatformMetadataValueDto {
  /**
   * At most 65536 characters.
   * @example blue
   */
  @IsString()
  @MaxLength(65_536)
  value: string;

  /** Whether an item that is not there yet is added; else it is an error. */
  @IsOptional()
  @IsBoolean()
  upsert?: boolean = false;
}

/** Which item of metadata. */
export class PlatformMetadataKeyQueryDto {
  /**
   * Only this one; all if absent.
   * @example colour
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  key?: string;
}

/** Which items of metadata. */
export class PlatformMetadataQueryDto extends PlatformMetadataKeyQueryDto {
  /**
   * Only these, separated by commas; all if absent.
   * @example ["colour"]
   */
  @IsOptional()
  @IsString({ each: true })
  keys?: string[];
}

/** Metadata that was added. */
export class PlatformAddedMetadataDto {
  /** @example {"colour":"red"} */
  metadata: Record<string, string>;

  /** @example false */
  include_ts: boolean;

  /**
   * The time in milliseconds since 1970, if it was asked for.
   * @example 1790000100123
   */
  @ApiInt()
  ts?: number;
}

/** @param withTime whether the answer tells the time */
export const toAddedMetadata = (metadata: Record<string, string>, withTime = false): PlatformAddedMetadataDto => ({
  metadata,
  include_ts: withTime,
  ...(withTime ? { ts: Date.now() } : {}),
});

/** @returns the items that the query names; all if it names none */
export function pickMetadata(
  metadata: Readonly<Record<string, string>>,
  { key, keys = [] }: PlatformMetadataQueryDto,
): Record<string, string> {
  const wanted = key === undefined ? keys : [key, ...keys];
  if (wanted.length === 0) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => wanted.includes(name)));
}
