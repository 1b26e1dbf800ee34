import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Actor } from '../../modules/auth/index.js';

/** The caller of a method and its session. Events that the call causes go to the other sessions. */
export interface ConnectorCall {
  actor: Actor;
  connectionId: string;
  session: ConnectorPeer;
}

/** The calling session, as handlers use it. */
export interface ConnectorPeer {
  readonly connectionId: string;
  /** Sends an event and does not wait for its acknowledgement. */
  sendEvent(method: string, payload: object): void;
  /** Calls `listener` when the session closes, or at once if it is closed. */
  onClosed(listener: () => void): void;
}

const HANDLERS = 'connector:handlers';
export const ConnectorMethodName = DiscoveryService.createDecorator<string>();

/** Marks a class whose methods handle socket requests, as a controller handles HTTP requests. */
export const ConnectorHandlers = (): ClassDecorator => applyDecorators(Injectable(), SetMetadata(HANDLERS, true));

/**
 * Registers a method as the handler of the requests with this name. Its parameters are the call and the payload, validated and
 * converted to the DTO of the second parameter. Its return value is the payload of the response.
 */
export const ConnectorMethod = (name: string): MethodDecorator => ConnectorMethodName(name);
