import type { DocumentBuilder } from '@nestjs/swagger';
import { SESSION_COOKIE } from './session-cookie.js';

/** The ways to be let in, by the names under which the document knows them. */
export const CLIENT_SECURITY = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'Of people. Creating a user sets it, and each further request renews it.',
  },
  botKey: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'Of bots: `<bot id>:<token>`, with nothing before it.',
  },
  adminKey: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'Of whoever runs the server: its ADMIN_SECRET_KEY, with nothing before it.',
  },
} as const;

/** Adds what the routes of this face refer to. */
export function addClientSecurity(builder: DocumentBuilder): DocumentBuilder {
  return Object.entries(CLIENT_SECURITY).reduce((document, [name, scheme]) => document.addSecurity(name, scheme), builder);
}
