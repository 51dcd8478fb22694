import type { Format } from './shop.ts'

export interface Combination {
  readonly typescript: string
  readonly resolution: 'node10' | 'node16' | 'nodenext' | 'bundler'
  readonly format: Format
  readonly nodemailer: string
  /** Of @types/nodemailer; Nodemailer 10 has its own. */
  readonly types?: string
  /** Whether CommonJS may be imported by default. @default true */
  readonly interop?: boolean
}

/** As strict as an app may be: the declarations of packages are checked, too. */
export function configOf({ typescript, resolution, format, interop = true }: Combination): object {
  const module = {
    node16: 'node16',
    nodenext: 'nodenext',
    bundler: 'esnext',
    node10: format === 'esm' ? 'esnext' : 'commonjs',
  }
  return {
    compilerOptions: {
      target: 'es2022',
      module: module[resolution],
      moduleResolution: resolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      esModuleInterop: interop,
      noEmit: true,
      types: ['node'],
      ...(resolution === 'node10' && typescript.startsWith('6') && { ignoreDeprecations: '6.0' }),
    },
    files: ['app.ts'],
  }
}

/** An app with the drop-in, a transporter of its own, a transport, a class that a container injects, and what must not compile. */
export function program({ interop }: Combination): string {
  return `${interop === false ? "import nodemailer = require('nodemailer')" : "import nodemailer from 'nodemailer'"}\n${body}`
}

const body = `import { createMailQueue, isPosthasteError, type Mail, MailQueue, type Transport, version } from 'posthaste'
import { fakeQueue, outbox } from 'posthaste/testing'

declare const pigeon: Transport
const mail = createMailQueue({
  database: 'sqlite::memory:',
  defaults: { from: { name: 'Shop', address: 'shop@example.com' } },
  transports: {
    main: { host: 'mail.example.com', port: 587, auth: { user: 'shop', pass: 'secret' } },
    old: nodemailer.createTransport({ host: 'old.example.com' }),
    pigeon,
  },
  streams: { newsletter: { transport: 'old', priority: 'bulk', expiresIn: '2d' } },
})

export class Orders {
  constructor(readonly mail: MailQueue) {}
}
export const provider = { provide: MailQueue, useFactory: (): MailQueue => mail }

const letter: Mail = {
  to: ['ada@example.com', { name: 'Bob', address: 'bob@example.com' }],
  subject: 'Hello',
  html: '<p>Hello</p>',
  attachments: [{ filename: 'a.txt', content: Buffer.from('a') }],
}

export async function main(): Promise<string[]> {
  const { id, status } = await mail.enqueue(letter, { stream: 'newsletter', delay: '10m' })
  const record = await mail.get(id)
  const due: Date | null | undefined = record?.dueAt

  const transporter = mail.transporter(nodemailer, { stream: 'newsletter' })
  const info = await transporter.sendMail({
    to: 'ada@example.com',
    subject: 'Hello',
    text: 'Hello',
    posthaste: { priority: 'high', delay: '10m' },
  })
  const queued: string = info.id
  transporter.sendMail({ to: 'ada@example.com', subject: 'Hello', text: 'Hello' }, (_, { id }) => id satisfies string)
  transporter.use('compile', (_, done) => done())

  const plain = nodemailer.createTransport(mail.transport({ priority: 'low' }))
  const sent = await plain.sendMail({ to: 'ada@example.com', subject: 'Hello', text: 'Hello' })
  const other: string = sent.messageId

  // @ts-expect-error: a queue needs a configuration
  new MailQueue()
  // @ts-expect-error: no such priority
  await transporter.sendMail({ to: 'ada@example.com', posthaste: { priority: 'soon' } })
  // @ts-expect-error: no such stream
  await mail.enqueue(letter, { stream: 'newsleter' })
  // @ts-expect-error: no such field
  await mail.enqueue({ to: 'ada@example.com', subjet: 'Hello' })

  const only = await outbox(fakeQueue()).only({ to: 'ada@example.com' })
  const worker = mail.worker({ concurrency: 2 })
  worker.on('sent', (event) => event.id satisfies string)
  try {
    await mail.close()
  } catch (error) {
    if (isPosthasteError(error)) return [error.code]
  }
  return [id, status, queued, other, String(due), only.subject, version]
}
`
