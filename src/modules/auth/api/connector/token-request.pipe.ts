import { Injectable, type PipeTransform } from '@nestjs/common';
import { readPayload } from '../../../../protocols/connector/connector-payload.js';
import { grantTypeUnsupported } from '../../auth.errors.js';
import { ConnectorTokenRequestDto } from './oauth.connector.dto.js';

/** @throws DomainError invalid `unsupported_grant_type`; ConnectorError for any other error */
@Injectable()
export class TokenRequestPipe implements PipeTransform {
  transform(body: unknown): object {
    const grant = (body as { grant_type?: unknown } | undefined)?.grant_type;
    if (typeof grant === 'string' && grant !== 'password') throw grantTypeUnsupported();
    return readPayload(ConnectorTokenRequestDto, body);
  }
}
