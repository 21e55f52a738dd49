// Why a receiver was not reached, in words, with the mend where there is one.

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED): check server and port',
  ENOTFOUND: 'its name is not known (ENOTFOUND): check server and DNS',
  EAI_AGAIN: 'its name could not be looked up (EAI_AGAIN): check DNS',
  ETIMEDOUT: 'it does not answer (ETIMEDOUT): check server, port and firewall',
  EHOSTUNREACH: 'there is no way to it (EHOSTUNREACH): check the network',
  ENETUNREACH: 'there is no way to it (ENETUNREACH): check the network',
  ECONNRESET: 'it closed the connection (ECONNRESET)',
  EPIPE: 'it closed the connection (EPIPE)',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check both clocks',
  INVALID_CA: 'a certificate in ca = is not that of a CA',
};

const notTrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/** One line: what went wrong, and the mend. `ca` is the file that certificates are checked by; null for the system's. */
export function explainFailure(error: unknown, ca: string | null = null): string {
  if (!(error instanceof Error)) return String(error);
  // A mail library puts a code of its own over the system's.
  const { code: ownCode, originalCode } = error as { code?: unknown; originalCode?: unknown };
  const code = originalCode ?? ownCode;
  // With several addresses tried, the reasons are inside.
  if (error instanceof AggregateError && error.errors.length > 0) return explainFailure(error.errors[0], ca);
  if (typeof code !== 'string') return error.message;
  if (code === 'EAUTH') return `${error.message}; check username and password`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name: ${error.message}; use the name in the certificate`;
  }
  if (notTrusted.has(code)) {
    if (ca !== null) return `ca = ${ca} did not sign its certificate: give that of the CA which did`;
    return code === 'DEPTH_ZERO_SELF_SIGNED_CERT'
      ? 'its certificate is signed by itself: give it as ca ='
      : 'its certificate is not signed by a CA that is trusted: give ca =';
  }
  if (code.startsWith('HPE_')) return `it does not speak HTTP on this port (${code}): check server and port`;
  if (/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)|^EPROTO$/.test(code)) {
    return `it does not speak TLS on this port (${code}): check the port, or say tls = off (and http:// in a url) to send in plain text`;
  }
  return sentences[code] ?? (error.message.includes(code) ? error.message : `${error.message} (${code})`);
}
