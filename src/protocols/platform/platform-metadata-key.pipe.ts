import type { PipeTransform } from '@nestjs/common';
import { maxLength } from 'class-validator';
import { PLATFORM_CODES } from './platform-codes.js';
import { PlatformError } from './platform.error.js';
import { MAX_METADATA_KEY } from './platform.validators.js';

/** Validates a metadata key in the path by the same rules as a key in a body. */
class MetadataKeyPipe implements PipeTransform<string, string> {
  transform(key: string): string {
    if (key.includes(',')) throw new PlatformError(PLATFORM_CODES.invalid, 'key must contain no comma.');
    if (maxLength(key, MAX_METADATA_KEY)) return key;
    throw new PlatformError(
      PLATFORM_CODES.tooLong,
      `key must be shorter than or equal to ${MAX_METADATA_KEY} characters.`,
    );
  }
}

export const METADATA_KEY = new MetadataKeyPipe();
