import { Body, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { DeliveryInspector } from '../../inspection/delivery-inspector.js';
import { EndpointControl, EndpointTester } from '../../inspection/endpoint-control.js';
import { RedeliveryService } from '../../inspection/redelivery.service.js';
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

const ApiEndpoint = () =>
  ApiParam({ name: 'id', description: 'The id of the endpoint.', example: '01hcjd34adz1va07vk97jfjmgq' });

@AdminController('Endpoints')
export class EndpointsAdminController {
  constructor(
    private readonly inspector: DeliveryInspector,
    private readonly control: EndpointControl,
    private readonly redelivery: RedeliveryService,
    private readonly tests: EndpointTester,
    private readonly views: EndpointsClientViews,
  ) {}

  /** List the endpoints of a bot */
  @Get('bot/:id/endpoints')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async listBotEndpoints(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto[]> {
    return (await this.inspector.endpointsOf(actor, id)).map(toEndpointState);
  }

  /** Get an endpoint */
  @Get('endpoint/:id')
  @ApiEndpoint()
  @ClientErrors({ 404: ['Webhook not found.'] })
  getEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.show(actor, id);
  }

  /**
   * Pause an endpoint
   *
   * @remarks The endpoint is not called until it is resumed. New entries wait meanwhile.
   */
  @Post('endpoint/:id/pause')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({ 404: ['Webhook not found.'] })
  pauseEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.changed(actor, id, () => this.control.pause(actor, id));
  }

  /**
   * Resume an endpoint
   *
   * @remarks Ends a pause, and enables a disabled endpoint with a probe.
   */
  @Post('endpoint/:id/resume')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({ 404: ['Webhook not found.'] })
  resumeEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.changed(actor, id, () => this.control.resume(actor, id));
  }

  /**
   * Retry a failing endpoint now
   *
   * @remarks Does not wait for the time of the next probe.
   */
  @Post('endpoint/:id/try-now')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({ 404: ['Webhook not found.'] })
  retryEndpointNow(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientEndpointStateDto> {
    return this.views.changed(actor, id, () => this.control.tryNow(actor, id));
  }

  /**
   * Test an endpoint
   *
   * @remarks Makes one signed call, `{"type":"test",...}`, and returns its result. It does not change the health of the endpoint.
   */
  @Post('endpoint/:id/test')
  @ApiEndpoint()
  @HttpCode(200)
  @ClientErrors({
    404: ['Webhook not found.'],
    409: [['endpoint.no_callback', 'The endpoint has no callback URL.']],
  })
  async testEndpoint(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientTestCallDto> {
    return toTestCall(await this.tests.test(actor, id));
  }

  /**
   * Redeliver missed entries
   *
   * @remarks Redelivers all entries since a time that were given up, or that the bot has missed. `dryRun` only counts them.
   */
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

  /**
   * Rotate the signing secret of an endpoint
   *
   * @remarks Creates a new secret. Callbacks are signed with both secrets for `overlapSeconds`.
   */
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
