import { Body, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { DeliveryInspector } from '../../inspection/delivery-inspector.js';
import { EndpointControl } from '../../inspection/endpoint-control.js';
import { Redelivery } from '../../inspection/redelivery.js';
import { TestCaller } from '../../inspection/test-caller.js';
import { ClientRedeliveredDto } from './deliveries.client.dto.js';
import {
  ClientEndpointStateDto,
  ClientNewSecretDto,
  ClientRedeliverAllDto,
  ClientRotateSecretDto,
  ClientTestCallDto,
} from './endpoints.client.dto.js';
import { toEndpointState, toRedeliverAll, toRedelivered, toTestCall } from './deliveries.client.mapper.js';
import { EndpointsClientViews } from './endpoints.client.views.js';

const ApiEndpoint = () => ApiParam({ name: 'id', description: 'The endpoint.', example: '01hcjd34adz1va07vk97jfjmgq' });

/** The ways in which bots are reached, and how that is going. */
@AdminController('Endpoints')
export class EndpointsAdminController {
  constructor(
    private readonly inspector: DeliveryInspector,
    private readonly control: EndpointControl,
    private readonly redelivery: Redelivery,
    private readonly tests: TestCaller,
    private readonly views: EndpointsClientViews,
  ) {}

  /** Lists the endpoints of a bot. */
  @Get('bot/:id/endpoints')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async listBotEndpoints(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto[]> {
    return (await this.inspector.endpointsOf(actor, id)).map(toEndpointState);
  }

  /** Shows an endpoint. */
  @Get('endpoint/:id')
  @ApiEndpoint()
  @ClientErrors({ 404: ['Webhook not found.'] })
  getEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.show(actor, id);
  }

  /** Calls nobody there until it is resumed. What is said meanwhile waits. */
  @Post('endpoint/:id/pause')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({ 404: ['Webhook not found.'] })
  pauseEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.changed(actor, id, () => this.control.pause(actor, id));
  }

  /** Ends a pause; gives an endpoint that was disabled another chance. */
  @Post('endpoint/:id/resume')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({ 404: ['Webhook not found.'] })
  resumeEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.changed(actor, id, () => this.control.resume(actor, id));
  }

  /** Tries a failing endpoint at once, without waiting for the time of the next probe. */
  @Post('endpoint/:id/try-now')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({ 404: ['Webhook not found.'] })
  retryEndpointNow(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.changed(actor, id, () => this.control.tryNow(actor, id));
  }

  /** Makes one signed call, `{"type":"test",...}`, and shows what came of it. It counts neither for nor against the endpoint. */
  @Post('endpoint/:id/test')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({
    404: ['Webhook not found.'],
    409: [['endpoint.no_callback', 'The endpoint has no address that could be called.']],
  })
  async testEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientTestCallDto> {
    return toTestCall(await this.tests.call(actor, id));
  }

  /** Makes deliveries again: all that were given up since a time, or all that the bot has missed. Count them first with `dryRun`. */
  @Post('endpoint/:id/redeliver')
  @ApiEndpoint()
  @HttpCode(202)
  @ClientErrors({ 404: ['Webhook not found.'] })
  async redeliverEndpoint(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ClientRedeliverAllDto,
  ): Promise<ClientRedeliveredDto> {
    return toRedelivered(await this.redelivery.redeliverAll(actor, id, toRedeliverAll(body)), body.dryRun);
  }

  /** Makes a new signing secret. For a while callbacks are signed with both, so that no receiver has to refuse any. */
  @Post('endpoint/:id/secret')
  @ApiEndpoint()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Webhook not found.'] })
  async rotateEndpointSecret(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() { overlapSeconds }: ClientRotateSecretDto,
  ): Promise<ClientNewSecretDto> {
    return { signingSecret: await this.control.rotateSecret(actor, id, overlapSeconds) };
  }
}
