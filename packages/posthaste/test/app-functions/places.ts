import type { QueueConfig } from '../../src/config/queue-config.ts'
import type { Transport } from '../../src/index.ts'
import type { Worker } from '../../src/worker/worker.ts'

/** A function of the app's, as it was given; it fails in one of the ways. */
export type Failing = (...args: unknown[]) => unknown

/** Where a function of the app's is called while a worker delivers: mail of the stream `bad` meets it. */
export interface Place {
  /** What stands under `transports.bad`; default: a server that accepts. */
  bad?(fails: Failing, smtpUrl: string): unknown
  config?(fails: Failing): Partial<QueueConfig>
  worker?(worker: Worker, fails: Failing): void
}

const failingTransport = {
  sendMail: async () => {
    throw new Error('the service is away')
  },
}

const good: Transport = {
  name: 'own',
  maxConnections: 2,
  async deliver({ envelope, mayBegin }) {
    if (!(await mayBegin())) return { type: 'aborted' }
    return { type: 'answered', recipients: envelope.to.map((address) => ({ address, verdict: 'accepted' })) }
  },
  async verify() {},
  async close() {},
}

const loggedIn = (url: string, more: object) => ({ url: url.replace('smtp://', 'smtp://app:x@'), ...more })
const log = (level: string): Place => ({
  bad: (fails, url) => ({ url, debug: true, logger: { ...silent, [level]: fails } }),
})
const silent = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'log'].map((level) => [level, () => {}]),
)

export const places: Readonly<Record<string, Place>> = {
  'QueueConfig.route': {
    config: (fails) => ({ route: ({ stream }) => (stream === 'bad' ? (fails() as undefined) : undefined) }),
  },
  'QueueConfig.classify': {
    bad: () => failingTransport,
    config: (classify) => ({ classify: classify as never }),
  },
  'QueueConfig.logger': { config: (logger) => ({ logger: logger as never }) },
  'Worker.on(listener)': { worker: (worker, fails) => void worker.on('sent', fails) },
  'Transport.deliver': { bad: (deliver) => ({ ...good, deliver }) },
  'Transport.verify': { bad: (verify) => ({ ...good, verify }) },
  'Transporter.sendMail': { bad: (sendMail) => ({ sendMail }) },
  'Transporter.verify': { bad: (verify) => ({ ...failingTransport, verify }) },
  'Transporter.close': { bad: (close) => ({ ...failingTransport, close }) },
  'Transporter.on': { bad: (on) => ({ ...failingTransport, on }) },
  'Transporter.use': {
    bad: (use) => ({ ...failingTransport, use, transporter: { name: 'SMTP' } }),
  },
  'SMTPTransportAuthOptions.provisionCallback': {
    bad: (provisionCallback, url) => ({
      url,
      auth: { type: 'OAuth2', user: 'app', provisionCallback },
      forceAuth: true,
    }),
  },
  'Transports.addDefault(transport).customAuth': {
    bad: (own, url) => ({
      ...loggedIn(url, { authMethod: 'OWN', forceAuth: true }),
      customAuth: { OWN: own },
    }),
  },
  'Transports.addDefault(transport).getSocket': {
    bad: (getSocket, url) => ({ url, getSocket, connectionTimeout: 500 }),
  },
  ...Object.fromEntries(Object.keys(silent).map((level) => [`ExternalLogger.${level}`, log(level)])),
}

/** Functions that no worker calls, and where they are tried. */
export const elsewhere: Readonly<Record<string, string>> = {
  'QueueConfig.ambientTransaction': 'below: an enqueue asks it',
  'MailQueue.within(work)': 'garbage: what it throws is the app’s own',
  'MailQueue.outside(work)': 'garbage: what it throws is the app’s own',
  'Worker.off(listener)': 'it is not called',
  'Transport.close': 'it is not called: the app’s transport is the app’s to close',
  'Worker.run(signal): AbortSignal': 'garbage',
  'DeliverOptions.signal: AbortSignal': 'garbage',
  'Attachments.put(content): ReadableStream': 'garbage',
  'Suppressions.import(entries): Iterable': 'garbage',
  'MailQueue.enqueueMany(items): AsyncIterable': 'cases/g15, garbage',
  'MailQueue.enqueueMany(items): Iterable': 'cases/g15, garbage',
  'MailQueue.enqueueManyIn(items): AsyncIterable': 'garbage',
  'MailQueue.enqueueManyIn(items): Iterable': 'garbage',
  ...Object.fromEntries(
    ['Mail.amp', 'Mail.html', 'Mail.icalEvent', 'Mail.raw', 'Mail.text', 'Mail.watchHtml']
      .concat(
        ['MailAttachment', 'MailComposerAlternative', 'MailComposerIcalEvent'].flatMap((part) => [
          `${part}.content`,
          `${part}.raw`,
        ]),
      )
      .map((field) => [`${field}: Readable`, 'garbage']),
  ),
  'MailMessage.message.getEnvelope': 'Nodemailer’s own',
  'Nodemailer.createTransport': 'transporter: what it throws is the app’s own',
  'QueueTransport.send(done)': 'Nodemailer’s own',
  'QueueTransport.verify(done)': 'Nodemailer’s own',
  'Transports.addDefault(transport).normalizeHeaderKey': 'refused: transports-create',
}

export const ways: Readonly<Record<string, Failing>> = {
  'throws at once': () => {
    throw new Error('the app’s own error')
  },
  'throws undefined': () => {
    throw undefined
  },
  rejects: async () => {
    throw new Error('the app’s own error')
  },
  'never settles': () => new Promise(() => {}),
  'answers nonsense': () => ({ accepted: 7, nothing: Symbol('x') }),
  'answers with getters that throw': () =>
    Object.defineProperty({}, 'then', {
      get() {
        throw new Error('the app’s own error')
      },
    }),
}
