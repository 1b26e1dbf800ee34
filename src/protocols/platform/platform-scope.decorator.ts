import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope } from '../../modules/auth/index.js';

/** Metadata key of the scope of a route. */
export const PLATFORM_SCOPE = 'parley:platform-scope';
/** OpenAPI extension that shows the scope. */
export const SCOPE_EXTENSION = 'x-required-scope';

/** Declares the scope that this route requires. A route of the Platform API without a scope rejects all requests. */
export const PlatformScope = (scope: Scope): MethodDecorator =>
  applyDecorators(SetMetadata(PLATFORM_SCOPE, scope), ApiExtension(SCOPE_EXTENSION, scope));
