import {
  type Judgement,
  loginRefused,
  ownTrouble,
  perhapsOwnTrouble,
  perhapsSlow,
  type Source,
  unreachable,
  untrusted,
} from './verdict.ts'

/** Errors without an answer: what the system, Nodemailer and HTTP clients call them. `stood`: the connection may have carried the mail. */
export interface NoAnswerRow {
  readonly codes: RegExp
  readonly stood: boolean
  readonly meaning: Judgement
  readonly source: Source
}

export const noAnswers: readonly NoAnswerRow[] = [
  {
    codes:
      /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EDNS|EPROXY)$/,
    stood: false,
    meaning: unreachable,
    source: 'connect(2), getaddrinfo(3): no connection came about; Nodemailer EDNS, EPROXY',
  },
  {
    codes: /^UND_ERR_CONNECT_TIMEOUT$/,
    stood: false,
    meaning: unreachable,
    source: 'https://undici.nodejs.org/#/docs/api/Errors: the socket was not connected in time',
  },
  {
    codes:
      /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$|ETLS$)/,
    stood: false,
    meaning: untrusted,
    source:
      'https://nodejs.org/api/tls.html#x509-certificate-error-codes: the handshake failed, so nothing was written',
  },
  {
    codes: /^(?:EAUTH|ENOAUTH|EOAUTH2|NoAuth)$/,
    stood: false,
    meaning: loginRefused,
    source: 'https://nodemailer.com/errors: the login comes before the mail',
  },
  {
    codes:
      /^(?:ECONNECTION|ETIMEDOUT|ESOCKET|EPROTOCOL|EPIPE|ECONNRESET|ECONNABORTED|ERR_NETWORK|ERR_STREAM_PREMATURE_CLOSE)$/,
    stood: true,
    meaning: unreachable,
    source: 'the connection broke or was silent: before or after the mail was written, the code does not say',
  },
  {
    codes: /^ESLOW$/,
    stood: true,
    meaning: perhapsSlow,
    source: 'our own SMTP transport, smtp/deadline.ts: the conversation took too long in all',
  },
  {
    codes: /^UND_ERR_(?:SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT|ABORTED|DESTROYED|CLOSED)$/,
    stood: true,
    meaning: unreachable,
    source: 'https://undici.nodejs.org/#/docs/api/Errors',
  },
  {
    codes: /^(?:ENOSPC|EDQUOT|EROFS|EMFILE|ENFILE|ENOMEM)$/,
    stood: false,
    meaning: ownTrouble,
    source: 'errno(3): this machine has no room, no memory or no descriptors left, whichever mail it is',
  },
  {
    codes: /^(?:ENOENT|ENOTDIR|EACCES|EPERM)$/,
    stood: false,
    meaning: perhapsOwnTrouble,
    source: 'errno(3): a file or a program that this machine lacks, or that one mail alone names',
  },
]

/** Raised before a request is made, by Node's own checks of its arguments. */
export const localErrors =
  /^(?:ERR_INVALID_[A-Z_]{1,60}|ERR_HTTP_INVALID_[A-Z_]{1,60}|ERR_UNESCAPED_CHARACTERS|ERR_MISSING_ARGS)$/
