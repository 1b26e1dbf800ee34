import { Injectable, Logger, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Actor } from '../../modules/auth/index.js';
import { toOutageError } from '../../core/database/outage.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { CONNECTOR_CODE, codeOfDomainError, ConnectorError } from './connector-codes.js';
import { readPayload } from './connector-payload.js';

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

const ConnectorMethodName = DiscoveryService.createDecorator<string>();

/** Marks a class whose methods handle socket requests, as a controller handles HTTP requests. */
export const ConnectorHandlers = (): ClassDecorator => Injectable();

/**
 * Registers a method as the handler of the requests with this name. Its parameters are the call and the payload, validated and
 * converted to the DTO of the second parameter. Its return value is the payload of the response.
 */
export const ConnectorMethod = (name: string): MethodDecorator => ConnectorMethodName(name);

interface RegisteredMethod {
  handle: (call: ConnectorCall, payload: object) => unknown;
  payloadType: Type<object>;
}

/** The payload of a response. */
export type ConnectorResponse = object;

/** The registry of all methods of `ConnectorHandlers` classes. It is filled at startup. */
@Injectable()
export class ConnectorMethods implements OnModuleInit {
  private readonly logger = new Logger(ConnectorMethods.name);
  private readonly methods = new Map<string, RegisteredMethod>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders()) {
      const instance = wrapper.instance as Record<string, unknown> | undefined;
      if (!instance || typeof instance !== 'object') continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      if (!prototype) continue;
      for (const key of this.scanner.getAllMethodNames(prototype)) {
        const name = this.discovery.getMetadataByDecorator(ConnectorMethodName, wrapper, key);
        if (name !== undefined) this.register(name, instance, prototype, key);
      }
    }
  }

  get names(): string[] {
    return [...this.methods.keys()].sort();
  }

  /** Always resolves: a client waits 10 s for a missing response. */
  async call(method: string, call: ConnectorCall, payload: unknown): Promise<ConnectorResponse> {
    try {
      const registered = this.methods.get(method);
      if (!registered) throw unknownMethod(method);
      const dto = readPayload(registered.payloadType, payload);
      return ((await registered.handle(call, dto)) as ConnectorResponse | undefined) ?? {};
    } catch (error) {
      return this.toErrorResponse(method, error);
    }
  }

  private toErrorResponse(method: string, caught: unknown): ConnectorResponse {
    const error = toOutageError(caught);
    if (error instanceof ConnectorError) return { errorCode: error.errorCode, errorDescription: error.message };
    if (error instanceof DomainError) return { errorCode: codeOfDomainError(error), errorDescription: error.message };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.logger.error(`${method} failed: ${message}`, stack);
    return { errorCode: CONNECTOR_CODE.internal, errorDescription: 'Internal server error.' };
  }

  private register(name: string, instance: Record<string, unknown>, prototype: object, key: string): void {
    if (this.methods.has(name)) throw new Error(`Duplicate handler for the connector method ${name}.`);
    const [, payloadType] = Reflect.getMetadata('design:paramtypes', prototype, key) as Type<object>[];
    const handle = (instance[key] as RegisteredMethod['handle']).bind(instance);
    this.methods.set(name, { handle, payloadType: payloadType ?? NoPayload });
  }
}

class NoPayload {}

/** Longer names are left out of the error message: a name can fill a whole frame. */
const MAX_SHOWN_NAME = 100;

const unknownMethod = (method: string) =>
  new ConnectorError(
    CONNECTOR_CODE.unknownMethod,
    method.length > MAX_SHOWN_NAME ? 'Unknown method.' : `Unknown method: ${method}`,
  );
