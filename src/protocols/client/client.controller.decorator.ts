import {
  applyDecorators,
  type CanActivate,
  Controller,
  type CustomDecorator,
  RequestMethod,
  SetMetadata,
  type Type,
  UseFilters,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import { ApiExtraModels, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { OwnOriginGuard } from '../../core/http/foreign-origin.js';
import { AdminKeyGuard } from './admin-key.guard.js';
import { BotKeyGuard } from './bot-key.guard.js';
import { ClientErrorDto } from './client-responses.dto.js';
import { ClientErrorFilter } from './client-error.filter.js';
import { type Caller, documentErrors, type ErrorTexts } from './client-errors.decorator.js';
import { ClientValidationPipe } from './client-validation.pipe.js';
import { SessionGuard } from './session.guard.js';

const IS_PUBLIC = 'client:public';
const FILTER = new ClientErrorFilter();
const PIPE = new ClientValidationPipe();

/** Errors of every route. */
const COMMON_ERRORS: ErrorTexts = {
  400: [['invalid_url', 'The query of the URL is not valid percent-encoded UTF-8, or contains a NUL character.']],
  500: [['internal_error', 'Internal Server Error']],
  503: [['unavailable', 'The server is temporarily unavailable. Try again in a second.']],
};
/** Errors of every route with a body. */
const BAD_BODY: ErrorTexts = {
  400: [['invalid_json', 'The body is not valid JSON: it ends too early at position 1.']],
  413: [['payload_too_large', 'The body must be at most 262144 bytes.']],
  415: [
    ['unsupported_charset', 'The charset of a body must be UTF-8.'],
    ['unsupported_encoding', 'Compressed bodies are not accepted.'],
  ],
};

/** Errors of every route with a key. */
const TOO_MANY_KEYS: ErrorTexts = {
  429: [
    [
      'auth.too_many_failures',
      'Too many failed attempts from this address: at most 20 per minute. Try again in 12 seconds.',
    ],
  ],
};

const METHODS_WITH_BODY: readonly RequestMethod[] = [RequestMethod.POST, RequestMethod.PUT, RequestMethod.PATCH];

/** Authentication of a controller. */
interface Access {
  guard: Type<CanActivate>;
  /** The kind of caller in error messages. */
  caller: Caller;
  /** Name of the OpenAPI security scheme. */
  security: 'session' | 'bot-key' | 'admin-key';
  errors: ErrorTexts;
  /** Errors of state-changing routes. */
  changeErrors?: ErrorTexts;
}

/** Errors of every state-changing route of the Client API. */
const CROSS_SITE: ErrorTexts = { 403: [['csrf_failed', 'The request comes from a page of another site.']] };

const SESSION: Access = {
  guard: SessionGuard,
  caller: 'user',
  security: 'session',
  errors: { 401: ['User is unauthorized.'] },
  changeErrors: CROSS_SITE,
};
const BOT_KEY: Access = {
  guard: BotKeyGuard,
  caller: 'bot',
  security: 'bot-key',
  errors: {
    403: [
      ['bot_key.required', 'Bot key is required.'],
      ['bot_key.invalid', 'Invalid bot key.'],
    ],
    ...TOO_MANY_KEYS,
  },
};
const ADMIN_KEY: Access = {
  guard: AdminKeyGuard,
  caller: 'admin',
  security: 'admin-key',
  errors: {
    403: [
      ['admin_key.required', 'Admin key is required.'],
      ['admin_key.invalid', 'Access denied.'],
    ],
    ...TOO_MANY_KEYS,
  },
};

/** Marks a route of the Client API that requires no session. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC, true);

/** A controller of the Client API, authenticated by session cookie. @param tag the OpenAPI tag */
export const ClientController = (tag: string) => apiController('v1/client-api', tag, SESSION);

/** A controller of the Bot API, authenticated by bot key. */
export const BotController = (tag: string) => apiController('v1/bot-api', tag, BOT_KEY);

/** A controller of the Admin API, authenticated by admin key. */
export const AdminController = (tag: string) => apiController('v1/admin-api', tag, ADMIN_KEY);

function apiController(path: string, tag: string, access: Access): ClassDecorator {
  return applyDecorators(
    copyInheritedRoutes,
    prepareRoutes(access),
    Controller(path),
    UseFilters(FILTER),
    UsePipes(PIPE),
    ApiTags(tag),
    ApiExtraModels(ClientErrorDto),
  );
}

/**
 * Copies inherited routes to the controller: Nest keeps metadata on the route's function, and the controllers that share it have
 * different guards.
 */
function copyInheritedRoutes({ prototype }: { prototype: object }): void {
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const route = (prototype as Record<string, (...given: unknown[]) => unknown>)[name];
    if (Object.hasOwn(prototype, name) || !Reflect.hasMetadata(METHOD_METADATA, route)) continue;
    // The function's name is the operation id.
    const { [name]: copy } = {
      [name](this: object, ...given: unknown[]) {
        return route.apply(this, given);
      },
    };
    for (const key of Reflect.getMetadataKeys(route) as string[]) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, route), copy);
    }
    Object.defineProperty(prototype, name, { value: copy, configurable: true, writable: true });
  }
}

/** Applies guards per route instead of per class: no look-up per request, and the OpenAPI document shows public routes. */
function prepareRoutes(access: Access): ClassDecorator {
  return ({ prototype }) => {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype as object))) {
      const route = property.value as object | undefined;
      if (typeof route !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, route)) continue;
      for (const decorate of decoratorsOf(route, access)) decorate(prototype as object, name, property);
    }
  };
}

function decoratorsOf(
  route: object,
  { guard, caller, security, errors, changeErrors = {} }: Access,
): MethodDecorator[] {
  const method = Reflect.getMetadata(METHOD_METADATA, route) as RequestMethod;
  const common = [COMMON_ERRORS, METHODS_WITH_BODY.includes(method) ? BAD_BODY : {}];
  if (Reflect.getMetadata(IS_PUBLIC, route)) {
    if (method === RequestMethod.GET) return [documentErrors(route, common, caller)];
    return [UseGuards(OwnOriginGuard), documentErrors(route, [CROSS_SITE, ...common], caller)];
  }
  const forGuard = [errors, method === RequestMethod.GET ? {} : changeErrors];
  return [UseGuards(guard), ApiSecurity(security), documentErrors(route, [...forGuard, ...common], caller)];
}
