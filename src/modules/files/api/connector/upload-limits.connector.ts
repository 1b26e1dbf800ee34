import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { ConnectorSessions } from '../../../../protocols/connector/connector-sessions.js';
import { FilesService } from '../../files.service.js';
import { toConnectorUploadLimits } from './files.connector.mapper.js';

const EVENT = 'getFileUploadLimits';
/** The settings file may be read again at any time. */
const LOOK_MS = 500;

/** Tells each session what may be uploaded: when it comes, and when that changes. */
@Injectable()
export class UploadLimitsTeller implements OnModuleInit, OnModuleDestroy {
  private told = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: FilesService,
    private readonly sessions: ConnectorSessions,
  ) {}

  onModuleInit(): void {
    this.told = JSON.stringify(this.files.uploadLimits());
    this.sessions.whenOpened((session) => this.tell(session));
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = JSON.stringify(this.files.uploadLimits());
    if (now === this.told) return;
    this.told = now;
    for (const botId of this.sessions.botIds) for (const session of this.sessions.of(botId)) this.tell(session);
  }

  private tell({ outbox }: ConnectorSession): void {
    outbox.tellNow(EVENT, toConnectorUploadLimits(this.files.uploadLimits()));
  }
}
