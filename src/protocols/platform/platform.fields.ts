import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

// Validation and OpenAPI limits of common fields. `IsOptional` is added at the field.

const MAX_USER_ID = 80;
const MAX_CHANNEL_URL = 100;
/** The maximum of a `Date`. */
const MAX_MILLIS = 8_640_000_000_000_000;

/** The id of a user or bot. */
export const IsUserId = (): PropertyDecorator =>
  applyDecorators(IsString(), IsNotEmpty(), MaxLength(MAX_USER_ID), ApiProperty({ maxLength: MAX_USER_ID }));

export const AreUserIds = (maxItems = 100): PropertyDecorator => AreStrings(maxItems, MAX_USER_ID);

export const AreChannelUrls = (): PropertyDecorator => AreStrings(100, MAX_CHANNEL_URL);

/** A list of strings. @param maxLength of each string; default: unlimited */
export const AreStrings = (maxItems: number, maxLength?: number): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(maxItems),
    IsString({ each: true }),
    ...(maxLength === undefined ? [] : [MaxLength(maxLength, { each: true })]),
    ApiProperty({ maxItems, maxLength }),
  );

/** A list of objects, each validated as `type`. `IsObject` rejects nested lists, whose items the library would accept. */
export const AreObjects = (type: () => new () => object): PropertyDecorator =>
  applyDecorators(IsArray(), IsObject({ each: true }), ValidateNested({ each: true }), Type(type));

/** A time in milliseconds since 1970. */
export const IsMillis = (): PropertyDecorator =>
  applyDecorators(
    IsInt(),
    Min(0),
    Max(MAX_MILLIS),
    ApiProperty({ type: 'integer', format: 'int64', minimum: 0, maximum: MAX_MILLIS }),
  );
