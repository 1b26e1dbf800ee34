/** What receivers' certificates and handshakes fail with. */
const TLS_FAULT = /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
/** What cannot be understood as an answer. */
const BAD_RESPONSE = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RESPONSE|UND_ERR_REQ_CONTENT|ERR_INVALID_(CHAR|HTTP))/;
const DNS_FAULT = /^(ENOTFOUND|EAI_)/;

/** @returns a stable word for why a call got no answer, for the log of attempts; it tells nothing of inner addresses */
export function failureWord(error: unknown): string {
  const code = (error as { code?: string }).code ?? (error as Error).name;
  if (code === 'E_BLOCKED_ADDRESS') return 'address_not_allowed';
  if (TLS_FAULT.test(code)) return `tls_error:${code.toLowerCase()}`;
  if (BAD_RESPONSE.test(code)) return 'bad_response';
  if (DNS_FAULT.test(code)) return 'dns_error';
  return code.toLowerCase();
}
