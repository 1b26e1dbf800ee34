import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Actor } from '../../modules/auth/index.js';

/** Who calls a method, and by which session: events of what the call does go to the others. */
export interface ConnectorCall {
  actor: Actor;
  connectionId: string;
  session: ConnectorPeer;
}

/** What a handler may do with the very session that has called it. */
export interface ConnectorPeer {
  readonly connectionId: string;
  /** Sends an event without waiting for its acknowledgement. */
  tell(method: string, payload: object): void;
  /** Calls `end` when the session is over; at once when it is. */
  whenOver(end: () => void): void;
}

const HANDLERS = 'connector:handlers';
export const ConnectorMethodName = DiscoveryService.createDecorator<string>();

/** A class whose methods answer requests of the socket, as a controller's answer those of HTTP. */
export const ConnectorHandlers = (): ClassDecorator => applyDecorators(Injectable(), SetMetadata(HANDLERS, true));

/**
 * Makes a method answer the requests of this name. It gets the call and its payload, made into the DTO of its second parameter and
 * checked; what it returns is the payload of the response.
 */
export const ConnectorMethod = (name: string): MethodDecorator => ConnectorMethodName(name);
