/** A link under which the service can be found elsewhere. */
export class ClientSocialLinkDto {
  /** @example GitHub */
  title: string;

  /** @example https://github.com */
  url: string;
}

/** How the service presents itself. */
export class ClientServiceInfoDto {
  /** @example Parley */
  name: string;

  /** @example "Talk to bots." */
  description: string;

  /** Address of a picture. Left out when there is none. @example https://example.com/logo.png */
  avatar?: string;

  socials: ClientSocialLinkDto[];
}
