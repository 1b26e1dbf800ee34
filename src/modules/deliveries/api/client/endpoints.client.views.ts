import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../auth/index.js';
import { DeliveryInspector } from '../../inspection/delivery-inspector.js';
import { toEndpointState } from './deliveries.client.mapper.js';
import type { ClientEndpointStateDto } from './endpoints.client.dto.js';

/** Returns endpoints as DTOs. */
@Injectable()
export class EndpointsClientViews {
  constructor(private readonly inspector: DeliveryInspector) {}

  /** @throws as `DeliveryInspector.endpoint` */
  async show(actor: Actor, id: string): Promise<ClientEndpointStateDto> {
    return toEndpointState(await this.inspector.endpoint(actor, id));
  }

  /** Applies a change and returns the changed endpoint. @throws as `change` */
  async changed(actor: Actor, id: string, change: () => Promise<void>): Promise<ClientEndpointStateDto> {
    await change();
    return this.show(actor, id);
  }
}
