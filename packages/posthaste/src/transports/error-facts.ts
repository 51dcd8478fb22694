import { isError } from '../is-error.ts'
import type { Reply } from '../outcome.ts'
import { parseReply } from './reply.ts'

/** What can be read off whatever was thrown: by Nodemailer, an HTTP client, or somebody's `throw 'text'`. */
export interface ErrorFacts {
  /** Nodemailer's or the system's code, such as `ECONNECTION`. */
  readonly code?: string
  /** What the system said underneath, such as `ECONNREFUSED`. */
  readonly originalCode?: string
  /** What Nodemailer had asked of the server: `CONN` and the like while it connects, then `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command?: string
  /** Three digits of SMTP. */
  readonly smtp?: number
  /** Status of an HTTP API. */
  readonly http?: number
  /** The server answered, with a code or with garbage. */
  readonly answered: boolean
  readonly reply: Reply
}

export function errorFacts(error: unknown): ErrorFacts {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const response = typeof fields.response === 'string' ? fields.response : undefined
  const smtp = statusIn(fields.responseCode, 200)
  const http = smtp || systemError.test(textOf(error)) ? undefined : httpStatus(fields)
  const code = typeof fields.code === 'string' ? fields.code : undefined
  const status = smtp ?? http
  const originalCode = underlyingCode(error, fields)
  const command = textIn(fields.command)
  return {
    ...(code && { code }),
    ...(originalCode && { originalCode }),
    ...(command && { command }),
    ...(smtp && { smtp }),
    ...(http && { http }),
    answered: response !== undefined || status !== undefined,
    reply: response ? parseReply(response) : { ...(status && { code: status }), text: textOf(error) },
  }
}

/** The text of whatever was thrown; never empty. */
export function textOf(error: unknown): string {
  if (isError(error) && error.message) return error.message
  if (typeof error === 'string' && error) return error
  const message = (error as { message?: unknown } | null | undefined)?.message
  return typeof message === 'string' && message ? message : describe(error)
}

// Some SDKs keep nothing of the system's code but its name in the text.
function underlyingCode(
  error: unknown,
  { originalCode, cause }: Record<string, unknown>,
): string | undefined {
  const inner = (cause as { code?: unknown } | undefined)?.code
  return textIn(originalCode) ?? textIn(inner) ?? /\b(?:E[A-Z]{4,}|EAI_AGAIN)\b/.exec(textOf(error))?.[0]
}

function describe(value: unknown): string {
  try {
    return `The transport failed with ${JSON.stringify(value) ?? String(value)}`
  } catch {
    return 'The transport failed with something that cannot be shown'
  }
}

// mailgun.js gives a lost connection the status 400: a mail would be rejected for good because the network was down.
const systemError =
  /\b(?:ECONN(?:RESET|REFUSED|ABORTED)|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH)\b|socket hang up/

// Where the SDKs keep it: Postmark statusCode, Mailgun status, SendGrid code, axios response.status, AWS $metadata.
function httpStatus(fields: Record<string, unknown>): number | undefined {
  const response = fields.response as { status?: unknown; statusCode?: unknown } | undefined
  const aws = fields.$metadata as { httpStatusCode?: unknown } | undefined
  const places = [
    fields.statusCode,
    fields.status,
    response?.status,
    response?.statusCode,
    aws?.httpStatusCode,
    fields.code,
  ]
  return places.map((place) => statusIn(place, 400)).find((status) => status !== undefined)
}

function statusIn(value: unknown, least: number): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= least && number < 600 ? number : undefined
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value ? value : undefined
}
