import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';

/** An author as the contract defines it. */
export interface ConnectorAuthor {
  id: string;
  /** 0 for the system, 1 for a user. */
  type: 0 | 1;
}

/** Converts user ids of this contract: `<id>@<domain>`. Clients may omit the domain or append `/<resource>`. */
@Injectable()
export class ConnectorIds {
  readonly domain: string;

  constructor({ SERVER_DOMAIN }: Settings) {
    this.domain = SERVER_DOMAIN;
  }

  userId(id: string): string {
    return `${id}@${this.domain}`;
  }

  /** @param id null for the service and the server itself */
  author(id: string | null): ConnectorAuthor {
    return id === null ? { id: this.domain, type: 0 } : { id: this.userId(id), type: 1 };
  }

  /** @returns the internal user id. An `@` that is part of the id is kept. */
  parse(text: string): string {
    const domain = `@${this.domain}`;
    const at = text.toLowerCase().lastIndexOf(domain.toLowerCase());
    const rest = at < 0 ? '' : text.slice(at + domain.length);
    if (at > 0 && (rest === '' || rest.startsWith('/'))) return text.slice(0, at);
    const slash = text.indexOf('/');
    return slash > 0 ? text.slice(0, slash) : text;
  }
}
