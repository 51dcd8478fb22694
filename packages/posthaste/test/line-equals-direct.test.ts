import { hostname } from 'node:os'
import fc from 'fast-check'
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { draftMail } from '../src/mail/draft.ts'
import type { Mail } from '../src/mail/mail.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'
import { anyMail, type MailRecipe } from './support/mail-arbitrary.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

describeEachDatabase('over the whole line', (kind, fresh) => {
  let smtp: SmtpServer
  let direct: Transporter
  let app: AppDatabase
  let url: string

  beforeAll(async () => {
    url = (await fresh()).url
    smtp = await startSmtp()
    direct = createTransport({ url: smtp.url, pool: true, maxConnections: 1 } as never)
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    direct.close()
    await app.close()
    await smtp.close()
  })

  test.each(['enqueue', 'deliver'] as const)(
    'what was rendered at %s is what Nodemailer sends directly',
    async (render) => {
      await using mail = createMailQueue({ database: url, render, transports: { default: smtp.url } })
      await mail.migrate()
      await fc.assert(
        fc.asyncProperty(anyMail(), async (recipe) => {
          const queued = await sendQueued(mail, recipe)
          const sent = await sendDirectly(recipe, queued)
          expect(queued.raw).toBe(sent.raw)
          expect(queued.envelope).toEqual(sent.envelope)
        }),
        { numRuns: 60 },
      )
    },
    180_000,
  )

  async function sendQueued(mail: MailQueue<'default'>, recipe: MailRecipe) {
    await app.begin()
    const { id } = await mail.enqueueIn(app.tx, plain(recipe))
    await app.commit()
    const record = await mail.get(id)
    const counts = await mail.deliverDue({ ids: [id] })
    expect(counts).toMatchObject({ sent: 1 })
    return { ...last(), id, now: record?.createdAt ?? new Date(0) }
  }

  /** With what Nodemailer would invent pinned: Message-ID, Date, boundary. */
  async function sendDirectly(recipe: MailRecipe, { id, now }: { id: string; now: Date }) {
    const { pins } = draftMail(plain(recipe), { id, now, hostname: hostname() })
    await direct.sendMail({ ...plain(recipe), ...pins } as SendMailOptions)
    return last()
  }

  function last() {
    const { raw, from, to } = smtp.received.at(-1) ?? { raw: Buffer.alloc(0), from: '', to: [] }
    return { raw: raw.toString('latin1'), envelope: { from, to } }
  }
})

/** The ids of images taken out of the HTML are random: they are compared where the bytes are made. */
function plain(recipe: MailRecipe): Mail {
  const { attachDataUrls: _, ...mail } = recipe.make() as Mail & { attachDataUrls?: unknown }
  return mail
}
