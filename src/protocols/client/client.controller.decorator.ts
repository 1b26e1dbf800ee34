import {
  applyDecorators,
  type CanActivate,
  Controller,
  type CustomDecorator,
  SetMetadata,
  type Type,
  UseFilters,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApiExtraModels, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { AdminKeyGuard } from './admin-key.guard.js';
import { BotKeyGuard } from './bot-key.guard.js';
import { ClientErrorDto } from './client-error.dto.js';
import { ClientErrorFilter } from './client-error.filter.js';
import { documentErrors, type ErrorTexts } from './client-errors.decorator.js';
import { ClientValidationPipe } from './client-validation.pipe.js';
import { SessionGuard } from './session.guard.js';

const IS_PUBLIC = 'client:public';
const FILTER = new ClientErrorFilter();
const PIPE = new ClientValidationPipe();

const FAULT: ErrorTexts = { 500: ['Internal Server Error'] };

/** What it takes to be let in. */
interface Access {
  guard: Type<CanActivate>;
  /** As the OpenAPI document calls it. */
  security: 'session' | 'bot-key' | 'admin-key';
  refusals: ErrorTexts;
}

const SESSION: Access = {
  guard: SessionGuard,
  security: 'session',
  refusals: { 401: ['User is unauthorized.'] },
};
const BOT_KEY: Access = {
  guard: BotKeyGuard,
  security: 'bot-key',
  refusals: { 403: ['Bot key is required.', 'Invalid bot key.'] },
};
const ADMIN_KEY: Access = {
  guard: AdminKeyGuard,
  security: 'admin-key',
  refusals: { 403: ['Admin key is required.', 'Access denied.'] },
};

/** Marks a route of the Client API that needs no session. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC, true);

/** A controller of the Client API, for people in browsers. @param tag under which its routes are documented */
export const ClientController = (tag: string) => apiController('v1/client-api', tag, SESSION);

/** A controller of the Bot API, for bots with their key. */
export const BotController = (tag: string) => apiController('v1/bot-api', tag, BOT_KEY);

/** A controller of the Admin API, for whoever runs the server. */
export const AdminController = (tag: string) => apiController('v1/admin-api', tag, ADMIN_KEY);

function apiController(path: string, tag: string, access: Access): ClassDecorator {
  return applyDecorators(
    prepareRoutes(access),
    Controller(path),
    UseFilters(FILTER),
    UsePipes(PIPE),
    ApiTags(tag),
    ApiExtraModels(ClientErrorDto),
  );
}

/** Route by route and not for the class: nothing is looked up at a request, and the document knows which ones are public. */
function prepareRoutes({ guard, security, refusals }: Access): ClassDecorator {
  return ({ prototype }) => {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype as object))) {
      const route = property.value as object | undefined;
      if (typeof route !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, route)) continue;
      const decorators: MethodDecorator[] = Reflect.getMetadata(IS_PUBLIC, route)
        ? [documentErrors(route, FAULT)]
        : [UseGuards(guard), ApiSecurity(security), documentErrors(route, { ...refusals, ...FAULT })];
      for (const decorate of decorators) decorate(prototype as object, name, property);
    }
  };
}
