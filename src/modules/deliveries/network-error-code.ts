/** Codes of failed certificate checks and handshakes. */
const TLS_ERROR = /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
/** Codes of invalid responses. */
const BAD_RESPONSE = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RESPONSE|UND_ERR_REQ_CONTENT|ERR_INVALID_(CHAR|HTTP))/;
const DNS_ERROR = /^(ENOTFOUND|EAI_)/;

/** @returns a stable error code for a call without a response; it reveals no internal address */
export function networkErrorCode(error: unknown): string {
  const code = (error as { code?: string }).code ?? (error as Error).name;
  if (code === 'E_BLOCKED_ADDRESS') return 'address_not_allowed';
  if (TLS_ERROR.test(code)) return `tls_error:${code.toLowerCase()}`;
  if (BAD_RESPONSE.test(code)) return 'bad_response';
  if (DNS_ERROR.test(code)) return 'dns_error';
  return code.toLowerCase();
}
