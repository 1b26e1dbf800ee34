import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope } from '../../modules/auth/index.js';

/** Under which the guard finds the scope of a route. */
export const PLATFORM_SCOPE = 'parley:platform-scope';
/** Under which the OpenAPI document shows it. */
export const SCOPE_EXTENSION = 'x-required-scope';

/** The scope that a token must have for this route. Each route of the Platform API declares one; a route without is closed to all. */
export const PlatformScope = (scope: Scope): MethodDecorator =>
  applyDecorators(SetMetadata(PLATFORM_SCOPE, scope), ApiExtension(SCOPE_EXTENSION, scope));
