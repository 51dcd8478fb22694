import { createTransport as createNodemailer } from 'nodemailer'
import mailgunTransport from 'nodemailer-mailgun-transport'
import { describe, expect, test } from 'vitest'
import { createTransporterTransport } from '../src/transports/transporter.ts'
import type { Transporter } from '../src/transports/transporter-shape.ts'
import { deliverTo, plainMime, summary } from './support/dispatch.ts'
import { closing } from './support/lane.ts'
import { fakeMailgun, type MailgunAnswer } from './support/mailgun.ts'

describe('an API transport (Mailgun)', () => {
  async function mailgun(answer: MailgunAnswer) {
    const api = await fakeMailgun()
    api.answer = answer
    const transporter = createNodemailer(
      mailgunTransport({ auth: { api_key: 'key', domain: 'example.com' }, url: api.url }),
    )
    const transport = createTransporterTransport({
      name: 'api',
      transporter: transporter as unknown as Transporter,
      sendTimeout: 2_000,
    })
    closing(api)
    closing(transport)
    return { api, transport }
  }

  test('is given fields, unknown keys and only the recipients who are left', async () => {
    const { api, transport } = await mailgun({ status: 200, message: 'Queued' })
    const outcome = await deliverTo(transport, {
      to: ['left@a.test'],
      message: { 'o:tag': 'receipt', html: '<b>Hi</b>' },
    })
    expect(outcome).toMatchObject({
      recipients: [{ verdict: 'accepted' }],
      serverMessageId: '<from-mailgun@example.com>',
    })
    expect(api.forms).toEqual([
      expect.objectContaining({
        to: ['left@a.test'],
        subject: ['Hello'],
        html: ['<b>Hi</b>'],
        'o:tag': ['receipt'],
      }),
    ])
  })

  test.each<[MailgunAnswer, string]>([
    [{ status: 400, message: 'to parameter is not a valid address' }, 'rejected'],
    [{ status: 401, message: 'Forbidden' }, 'deferred fault:authentication'],
    [{ status: 429, message: 'Too many requests' }, 'deferred fault:throttled'],
    [{ status: 500, message: 'Oops' }, 'deferred'],
    ['hang-up', 'unknown'],
    ['silence', 'unknown'],
  ])('that answers %o means: %s', async (answer, expected) => {
    const { transport } = await mailgun(answer)
    expect(summary(await deliverTo(transport))).toBe(expected)
  })

  test('that nobody answers for has surely not sent', async () => {
    const { api, transport } = await mailgun('silence')
    await api.close()
    expect(summary(await deliverTo(transport))).toBe('deferred fault:connection')
  })
})

describe("Nodemailer's SES transport", () => {
  function ses(answer: () => Promise<unknown>) {
    const commands: { Destination?: unknown; Content?: { Raw: { Data: Buffer } } }[] = []
    class SendEmailCommand {
      constructor(input: object) {
        commands.push(input)
      }
    }
    const client = { config: { region: async () => 'eu-west-1' }, send: answer }
    const transporter = createNodemailer({ SES: { sesClient: client, SendEmailCommand } } as never)
    return {
      commands,
      transport: createTransporterTransport({ name: 'ses', transporter: transporter as never }),
    }
  }

  test('sends the rendered bytes to the envelope', async () => {
    const { commands, transport } = ses(async () => ({ MessageId: '0100-1' }))
    expect(await deliverTo(transport, { to: ['x@a.test'] })).toMatchObject({
      recipients: [{ verdict: 'accepted' }],
      serverMessageId: '<0100-1@eu-west-1.amazonses.com>',
    })
    expect(commands[0]?.Destination).toEqual({ ToAddresses: ['x@a.test'] })
    expect(commands[0]?.Content?.Raw.Data.toString()).toBe(plainMime)
  })

  test.each([
    ['TooManyRequestsException', 429, 'deferred fault:throttled'],
    ['MessageRejected', 400, 'rejected'],
    ['TimeoutError', undefined, 'unknown'],
  ])('%s (%s) means: %s', async (name, httpStatusCode, expected) => {
    const error = Object.assign(new Error('socket timeout'), { name, $metadata: { httpStatusCode } })
    expect(summary(await deliverTo(ses(() => Promise.reject(error)).transport))).toBe(expected)
  })

  test('is asked mayBegin for before anything is sent', async () => {
    const { commands, transport } = ses(async () => ({ MessageId: '1' }))
    expect(summary(await deliverTo(transport, { mayBegin: async () => false }))).toBe('aborted')
    expect(commands).toEqual([])
  })
})
