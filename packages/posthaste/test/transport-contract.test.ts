import { createTransport as createNodemailer } from 'nodemailer'
import mailgunTransport from 'nodemailer-mailgun-transport'
import { createTransport as createNodemailer6 } from 'nodemailer6'
import { createTransport as createNodemailer9 } from 'nodemailer9'
import { SystemClock } from '../src/clock.ts'
import { createCapture } from '../src/transports/capture.ts'
import { createRedirect } from '../src/transports/redirect.ts'
import { createSmtpLane } from '../src/transports/smtp/lane.ts'
import type { Transport } from '../src/transports/transport.ts'
import { createTransporterTransport } from '../src/transports/transporter.ts'
import type { Transporter } from '../src/transports/transporter-shape.ts'
import { type TransportUnderTest, transportContract } from './contracts/transport.ts'
import { fakeMailgun } from './support/mailgun.ts'
import { startSmtp } from './support/smtp.ts'

const clock = new SystemClock()

function overSmtp(make: (port: number) => Transport) {
  return {
    open: async (): Promise<TransportUnderTest> => {
      const smtp = await startSmtp()
      return { transport: make(smtp.port), received: () => smtp.received.length, close: smtp.close }
    },
  }
}

function laneTo(port: number): Transport {
  return createSmtpLane({ name: 'main', smtp: { host: '127.0.0.1', port }, clock })
}

transportContract('the SMTP lane', overSmtp(laneTo))
transportContract(
  'a redirected lane',
  overSmtp((port) => createRedirect(laneTo(port), { redirectTo: 'dev@example.com', allow: ['@a.test'] })),
)
transportContract('capture', {
  sends: false,
  open: async () => ({
    transport: createCapture({ name: 'main' }),
    received: () => 0,
    close: async () => undefined,
  }),
})

const makers: [string, (options: object) => unknown][] = [
  ['Nodemailer 10', (options) => createNodemailer(options)],
  ['Nodemailer 9', (options) => createNodemailer9(options)],
  ['Nodemailer 6', (options) => createNodemailer6(options)],
]
for (const [version, make] of makers) {
  for (const pool of [false, true]) {
    const transport = (port: number) =>
      createTransporterTransport({
        name: 'own',
        transporter: make({ host: '127.0.0.1', port, pool, ignoreTLS: true }) as Transporter,
      })
    transportContract(`${version}${pool ? ', pooled' : ''}`, overSmtp(transport))
  }
}

transportContract("Mailgun's own Nodemailer transport", {
  structured: true,
  open: async () => {
    const api = await fakeMailgun()
    const transporter = createNodemailer(
      mailgunTransport({ auth: { api_key: 'key', domain: 'example.com' }, url: api.url }),
    )
    const transport = createTransporterTransport({
      name: 'api',
      transporter: transporter as unknown as Transporter,
    })
    return { transport, received: () => api.forms.length, close: api.close }
  },
})
