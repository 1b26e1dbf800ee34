import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ConnectorSession } from '../gateway/connector-session.js';
import { ConnectorSessions } from '../gateway/connector-sessions.js';
import { FilesService } from '../../../../files/index.js';
import { toConnectorUploadLimits } from '../../../../files/api/connector/files.connector.mapper.js';

const EVENT = 'getFileUploadLimits';
/** Interval at which changed settings are detected. */
const CHECK_INTERVAL_MS = 500;

/** Sends the upload limits to each session when it opens and when they change. */
@Injectable()
export class UploadLimitsNotifier implements OnModuleInit, OnModuleDestroy {
  private lastSent = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: FilesService,
    private readonly sessions: ConnectorSessions,
  ) {}

  onModuleInit(): void {
    this.lastSent = JSON.stringify(this.files.uploadLimits());
    this.sessions.onOpened((session) => this.send(session));
    this.timer = setInterval(() => this.checkForChange(), CHECK_INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private checkForChange(): void {
    const current = JSON.stringify(this.files.uploadLimits());
    if (current === this.lastSent) return;
    this.lastSent = current;
    for (const botId of this.sessions.botIds) for (const session of this.sessions.ofBot(botId)) this.send(session);
  }

  private send({ pendingAcks }: ConnectorSession): void {
    pendingAcks.sendImmediately(EVENT, toConnectorUploadLimits(this.files.uploadLimits()));
  }
}
