import type { ServiceInfo } from '../../../core/config/service-config.js';

/** A link to another site of the service. */
export class ClientSocialLinkDto {
  /** Title of the link. @example GitHub */
  title: string;

  /** URL of the link. @example https://github.com */
  url: string;
}

/** Information about the service. */
export class ClientServiceInfoDto {
  /** Name of the service. @example Parley */
  name: string;

  /** Description of the service. @example "Talk to bots." */
  description: string;

  /** URL of an image. Omitted if there is none. @example https://example.com/logo.png */
  avatar?: string;

  /** Links to other sites of the service. */
  socials: ClientSocialLinkDto[];
}

export const toServiceInfo = ({ name, description, avatar, socials }: ServiceInfo): ClientServiceInfoDto => ({
  name,
  description,
  avatar: avatar || undefined,
  socials: socials.map(({ title, url }) => ({ title, url })),
});
