/** Product information. */
export class ConnectorProductDto {
  /** Domain of user ids: `<id>@<domain>`. @example chat.example.org */
  display_name: string;

  /** Version of the contract. @example 5.5.5.10500 */
  version: string;
}

/** Server information, read by clients before they connect. */
export class ConnectorServerInfoDto {
  /** Product name and version. */
  product: ConnectorProductDto;
}
