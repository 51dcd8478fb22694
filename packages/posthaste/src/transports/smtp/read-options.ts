import { readAt } from '../../input/reader.ts'
import { Refusal } from '../../input/refusal.ts'
import { objectOf, optional, present, record, table } from '../../input/table.ts'
import { longestTimer } from '../../input/time.ts'
import { anything, callback, flag, number, oneOrMore, text } from '../../input/values.ts'
import { limit } from '../../limit.ts'
import type { SmtpOptions } from './options.ts'
import { urlOptions } from './url.ts'

const word = text({ max: 1_000 })
const timer = number({ min: 1, max: longestTimer })
const secret = text({ max: 100_000, min: 0, lines: true, hidden: true })
const whole = number({ min: 1, max: 1_000_000_000, whole: true })

type Auth = NonNullable<SmtpOptions['auth']>
type Handlers = NonNullable<SmtpOptions['customAuth']>

const methods = record(word, callback<Handlers[string]>())
const handlers = (value: unknown): Handlers => Object.fromEntries(methods(value))

const dkimKey = {
  domainName: optional(word),
  keySelector: optional(word),
  privateKey: optional(anything<string>()),
}

const dkim = table(
  {
    ...dkimKey,
    keys: optional(oneOrMore(table(dkimKey), { min: 1, max: 20 })),
    headerFieldNames: optional(text({ max: 10_000 })),
    skipFields: optional(text({ max: 10_000 })),
    // Nodemailer's own, for a file that signing does not write here.
    cacheDir: optional(anything<string | false>()),
    cacheTreshold: optional(number({ min: 0, max: 2 ** 40 })),
    hashAlgo: optional(word),
  },
  {
    foreign: {
      domain: "'domainName'",
      selector: "'keySelector'",
      key: "'privateKey'",
      cacheThreshold: "'cacheTreshold'",
    },
  },
)

const auth = table(
  {
    type: optional(word),
    user: optional(secret),
    pass: optional(secret),
    method: optional(word),
    options: optional(objectOf<Record<string, unknown>>()),
    service: optional(word),
    clientId: optional(secret),
    clientSecret: optional(secret),
    refreshToken: optional(secret),
    accessToken: optional(secret),
    accessUrl: optional(word),
    expires: optional(number({ min: 0, max: 1e15 })),
    timeout: optional(number({ min: 0, max: 1e12 })),
    provisionCallback: optional(callback<NonNullable<Auth['provisionCallback']>>()),
    tls: optional(objectOf<Record<string, unknown>>()),
    serviceClient: optional(secret),
    serviceRequestTimeout: optional(number({ min: 0, max: 1e12 })),
    privateKey: optional(anything<NonNullable<Auth['privateKey']>>()),
    scope: optional(word),
    component: optional(word),
    customHeaders: optional(objectOf<NonNullable<Auth['customHeaders']>>()),
    customParams: optional(objectOf<Record<string, unknown>>()),
    requestTimeout: optional(number({ min: 0, max: longestTimer })),
  },
  { foreign: { username: "'user'", login: "'user'", password: "'pass'" } },
)

/** Nodemailer's options of this server, and ours. Each is named once, here; `SmtpOptions` says what they mean. */
const smtpFields = {
  url: optional(secret),
  service: optional(word),
  host: optional(word),
  port: optional(port),
  secure: optional(flag),
  secured: optional(flag),
  auth: optional((value) => (value === false || value === null ? undefined : auth(value))),
  authMethod: optional(word),
  forceAuth: optional(flag),
  allowInsecureAuth: optional(flag),
  customAuth: optional(handlers),
  requireTLS: optional(flag),
  ignoreTLS: optional(flag),
  opportunisticTLS: optional(flag),
  tls: optional(objectOf<NonNullable<SmtpOptions['tls']>>()),
  servername: optional(word),
  name: optional(word),
  localAddress: optional(word),
  lmtp: optional(flag),
  proxy: optional(word),
  getSocket: optional(callback<NonNullable<SmtpOptions['getSocket']>>()),
  pool: optional(flag),
  maxConnections: optional(number({ min: 1, max: 10_000, whole: true })),
  maxMessages: optional(number({ min: 1, max: 1_000_000_000, whole: true, unbounded: true })),
  idleTimeout: optional(timer),
  connectionTimeout: optional(timer),
  greetingTimeout: optional(timer),
  socketTimeout: optional(timer),
  socketCloseTimeout: optional(number({ min: 0, max: longestTimer })),
  dnsTimeout: optional(timer),
  conversationTimeout: optional(timer),
  finalReplyTimeout: optional(timer),
  maxResponseSize: optional(whole),
  allowInternalNetworkInterfaces: optional(flag),
  disableFileAccess: optional(flag),
  disableUrlAccess: optional(flag),
  dkim: optional((value) => (value === false || value === null ? undefined : dkim(value))),
  limit: optional(limit),
  logger: optional(anything<NonNullable<SmtpOptions['logger']>>()),
  debug: optional(flag),
  transactionLog: optional(flag),
  component: optional(word),
}

const nodemailers =
  "that is an option of Nodemailer's other transports: pass nodemailer.createTransport(options)"

/** What Nodemailer's pool, Django, Laravel and others call them. */
const foreign = {
  rateLimit: "'limit: { perSecond }'",
  rateDelta: "'limit: { perSecond }' or 'limit: { perMinute }'",
  user: "'auth: { user, pass }'",
  username: "'auth: { user, pass }'",
  pass: "'auth: { user, pass }'",
  password: "'auth: { user, pass }'",
  hostname: "'host'",
  server: "'host'",
  ssl: "'secure'",
  useSsl: "'secure'",
  secureConnection: "'secure'",
  useTls: "'requireTLS'",
  startTls: "'requireTLS'",
  rejectUnauthorized: "'tls: { rejectUnauthorized }'",
  timeout: "'connectionTimeout', 'greetingTimeout', 'socketTimeout' and 'conversationTimeout'",
  from: "'defaults: { from }' of the queue",
  connections: "'maxConnections'",
  sendmail: nodemailers,
  SES: nodemailers,
  streamTransport: nodemailers,
  jsonTransport: nodemailers,
  send: nodemailers,
}

const smtpTable = table(smtpFields, { foreign })

/** Reads SMTP options, or an SMTP URL; what the URL says counts before what stands beside it, as with Nodemailer. */
export function smtpOptions(value: unknown): SmtpOptions {
  const { url, ...beside } = smtpTable(typeof value === 'string' ? { url: value } : value)
  if (url === undefined) return present(beside)
  const named = readAt('url', () => smtpTable(urlOptions(url, Object.keys(smtpFields))))
  const given = [beside.tls, named.tls].some((one) => one !== undefined)
    ? { tls: { ...beside.tls, ...named.tls } }
    : {}
  return { ...present(beside), ...present(named), ...given }
}

function port(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 65_535)
    throw new Refusal('is not a port from 0 to 65535')
  return number
}
