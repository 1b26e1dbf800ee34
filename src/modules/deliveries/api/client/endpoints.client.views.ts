import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../auth/index.js';
import { DeliveryInspector } from '../../inspection/delivery-inspector.js';
import { toEndpointState } from './deliveries.client.mapper.js';
import type { ClientEndpointStateDto } from './endpoints.client.dto.js';

/** What is shown of endpoints. */
@Injectable()
export class EndpointsClientViews {
  constructor(private readonly inspector: DeliveryInspector) {}

  /** @throws as `DeliveryInspector.endpoint` */
  async show(actor: Actor, id: string): Promise<ClientEndpointStateDto> {
    return toEndpointState(await this.inspector.endpoint(actor, id));
  }

  /** An endpoint as it is after a change. @throws as `change` does */
  async changed(actor: Actor, id: string, change: () => Promise<void>): Promise<ClientEndpointStateDto> {
    await change();
    return this.show(actor, id);
  }
}
