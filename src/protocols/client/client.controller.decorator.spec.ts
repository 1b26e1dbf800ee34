import { Get, Post } from '@nestjs/common';
import { GUARDS_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { AdminKeyGuard } from './admin-key.guard.js';
import { BotKeyGuard } from './bot-key.guard.js';
import { AdminController, BotController, ClientController, Public } from './client.controller.decorator.js';
import { ClientErrors } from './client-errors.decorator.js';
import { SessionGuard } from './session.guard.js';

const guardsOf = (method: object) => Reflect.getMetadata(GUARDS_METADATA, method) as unknown;

describe('the controller decorators', () => {
  it.each([
    [ClientController, 'v1/client-api', SessionGuard],
    [BotController, 'v1/bot-api', BotKeyGuard],
    [AdminController, 'v1/admin-api', AdminKeyGuard],
  ])('guard all routes but the public ones: %#', (decorator, path, guard) => {
    @decorator('x')
    class Controller {
      @Get('a')
      closed() {}

      @Get('b')
      @Public()
      open() {}

      noRoute() {}
    }
    expect(Reflect.getMetadata(PATH_METADATA, Controller)).toBe(path);
    const { closed, open, noRoute } = Controller.prototype;
    expect([closed, open, noRoute].map(guardsOf)).toEqual([[guard], undefined, undefined]);
  });

  it('document the errors of the guard and of the route', () => {
    @ClientController('x')
    class Controller {
      @Post('a')
      @ClientErrors({ 403: ['Own refusal.'], 404: ['Nothing.'] })
      closed() {}
    }
    const responses = Reflect.getMetadata('swagger/apiResponse', Controller.prototype.closed) as Record<
      string,
      { description: string }
    >;
    expect(Object.keys(responses)).toEqual(['400', '401', '403', '404', '413', '415', '500', '503']);
    expect(responses[403]?.description).toBe('The request comes from a page of another site.<br>Own refusal.');
  });
});
