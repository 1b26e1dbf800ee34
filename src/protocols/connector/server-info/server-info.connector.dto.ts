/** What the server is. */
export class ConnectorProductDto {
  /** The domain in the ids of users: `<id>@<domain>`. @example chat.example.org */
  display_name: string;

  /** The version of the contract. @example 5.5.5.10500 */
  version: string;
}

/** What clients ask before they connect. */
export class ConnectorServerInfoDto {
  product: ConnectorProductDto;
}
