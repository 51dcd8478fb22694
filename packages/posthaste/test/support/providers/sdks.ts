import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import { EmailClient } from '@azure/communication-email'
import { BrevoClient } from '@getbrevo/brevo'
import sendgrid from '@sendgrid/mail'
import Mailgun from 'mailgun.js'
import type { SendMailOptions } from 'nodemailer'
import { createTransport as createNodemailer } from 'nodemailer'
import { ServerClient } from 'postmark'
import { Resend } from 'resend'
import type { Transport } from '../../../src/transports/transport.ts'
import type { Transporter } from '../../../src/transports/transporter-shape.ts'

export type SdkName = 'SES' | 'Mailgun' | 'Postmark' | 'SendGrid' | 'Resend' | 'Brevo' | 'Azure'

/** Hands over one mail as the SDK's own page shows it. */
type Send = (mail: Plain) => Promise<unknown>

interface Plain {
  readonly from: string
  readonly to: string[]
  readonly subject: string
  readonly text: string
}

// A mailer of its own, whose types do not name the client that every request goes through.
const { MailService } = sendgrid as unknown as {
  MailService: new () => typeof sendgrid & { client: { setDefaultRequest(key: string, value: string): void } }
}

/** Each SDK as an app uses it, with its own retries off: where the API listens, and how many milliseconds it waits. */
const senders: Record<Exclude<SdkName, 'SES'>, (url: string, patience: number) => Send> = {
  Mailgun(url, patience) {
    const client = new Mailgun(FormData).client({ username: 'api', key: 'key', url, timeout: patience })
    return (mail) => client.messages.create('shop.example', { ...mail })
  },
  Postmark(url, patience) {
    const options = { requestHost: url.slice('http://'.length), useHttps: false, timeout: patience / 1_000 }
    const client = new ServerClient('token', options)
    return ({ from, to, subject, text }) =>
      client.sendEmail({ From: from, To: to.join(), Subject: subject, TextBody: text })
  },
  SendGrid(url, patience) {
    const service = new MailService()
    service.setApiKey('SG.key')
    service.setTimeout(patience)
    service.client.setDefaultRequest('baseUrl', url)
    return (mail) => service.send(mail)
  },
  Resend(url, patience) {
    process.env.RESEND_BASE_URL = url
    const { emails } = new Resend('re_key')
    const options = () => ({ signal: AbortSignal.timeout(patience) }) as object
    return (mail) => emails.send(mail, options())
  },
  Brevo(url, patience) {
    const timeoutInSeconds = patience / 1_000
    const client = new BrevoClient({ apiKey: 'key', baseUrl: url, maxRetries: 0, timeoutInSeconds })
    return ({ from, to, subject, text }) =>
      client.transactionalEmails.sendTransacEmail({
        sender: { email: from },
        to: to.map((email) => ({ email })),
        subject,
        textContent: text,
      })
  },
  Azure(url, patience) {
    const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } }
    const client = new EmailClient(url, { key: 'a2V5' } as never, options as object)
    return async ({ from, to, subject, text }) => {
      const message = {
        senderAddress: from,
        content: { subject, plainText: text },
        recipients: { to: to.map((address) => ({ address })) },
      }
      const abortSignal = AbortSignal.timeout(patience)
      const poller = await client.beginSend(message, { abortSignal, updateIntervalInMs: 1 })
      return poller.pollUntilDone({ abortSignal })
    }
  },
}

/** Where the API listens, and how many milliseconds the SDK waits for its answer. */
export interface Where {
  readonly url: string
  readonly patience: number
}

/** As a transporter of the app's; SES by Nodemailer's own transport. */
export function transporterOf(name: SdkName, { url, patience }: Where): Transporter {
  if (name === 'SES') {
    const SES = { sesClient: ses(url, patience), SendEmailCommand }
    return createNodemailer({ SES }) as unknown as Transporter
  }
  const send = senders[name](url, patience)
  return { sendMail: (mail) => send(plain(mail as SendMailOptions)) }
}

/** As a transport of the app's, which returns what the SDK returned. */
export function transportOf(name: SdkName, { url, patience }: Where): Transport {
  const send = name === 'SES' ? undefined : senders[name](url, patience)
  const client = ses(url, patience)
  const hollow = { maxConnections: 1, verify: async () => {}, close: async () => {} }
  return {
    name,
    ...hollow,
    async deliver(dispatch) {
      if (!(await dispatch.mayBegin())) return { type: 'aborted' }
      if (send) return (await send(plain(await dispatch.message()))) as never
      const Destination = { ToAddresses: [...dispatch.envelope.to] }
      const Content = { Raw: { Data: (await dispatch.mime()) as Buffer } }
      return client.send(new SendEmailCommand({ Destination, Content })) as never
    },
  }
}

function ses(endpoint: string, patience: number): SESv2Client {
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
  const requestHandler = { requestTimeout: patience, throwOnRequestTimeout: true }
  return new SESv2Client({ region: 'eu-west-1', endpoint, credentials, maxAttempts: 1, requestHandler })
}

function plain({ from, to, subject, text }: SendMailOptions): Plain {
  const all = [to ?? []]
    .flat()
    .map((one) => (typeof one === 'string' ? one : (one as { address: string }).address))
  return { from: String(from), to: all, subject: subject ?? '', text: String(text) }
}
