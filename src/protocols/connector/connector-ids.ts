import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';

/** Who has done something, as the contract writes it. */
export interface ConnectorAuthor {
  id: string;
  /** 0 for the system, 1 for a user. */
  type: 0 | 1;
}

/** The ids of users in this contract: `<id>@<domain>`, which clients may shorten to the id or lengthen by `/<resource>`. */
@Injectable()
export class ConnectorIds {
  readonly domain: string;

  constructor({ SERVER_DOMAIN }: Settings) {
    this.domain = SERVER_DOMAIN;
  }

  userId(id: string): string {
    return `${id}@${this.domain}`;
  }

  /** @param id null for the operator and the server itself */
  author(id: string | null): ConnectorAuthor {
    return id === null ? { id: this.domain, type: 0 } : { id: this.userId(id), type: 1 };
  }

  /** @returns the id within Parley. One that has an `@` of its own is kept as it is. */
  parse(text: string): string {
    const domain = `@${this.domain}`;
    const at = text.toLowerCase().lastIndexOf(domain.toLowerCase());
    const rest = at < 0 ? '' : text.slice(at + domain.length);
    if (at > 0 && (rest === '' || rest.startsWith('/'))) return text.slice(0, at);
    const slash = text.indexOf('/');
    return slash > 0 ? text.slice(0, slash) : text;
  }
}
