import { Readable } from 'node:stream'
import fc from 'fast-check'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { expect, test } from 'vitest'
import { decodeDocument, type OpenContent } from '../src/content/decode.ts'
import { draftMail } from '../src/content/draft.ts'
import { defaultLimits } from '../src/content/limits.ts'
import { renderMime } from '../src/content/render.ts'
import { type ResolvedMail, resolveDraft } from '../src/content/resolve.ts'
import type { Mail } from '../src/mail.ts'
import { anyMail } from './support/mail-arbitrary.ts'

const given = { id: '0192f0c1-2d3e-7a4b-8c5d-6e7f8091a2b3', now: new Date('2026-11-24T12:00:00Z') }

test('a mail that was queued and one that was sent directly are the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(anyMail(), fc.boolean(), async (recipe, streamed) => {
      const queued = await queueAndRender(recipe.make(), streamed)
      const direct = await sendDirectly(recipe.make(), queued.resolved)
      expect(withoutChance(queued.mime.toString('latin1'))).toBe(withoutChance(direct.mime.toString('latin1')))
      expect(addressesOf(queued.resolved)).toEqual(direct.envelope)
    }),
    { numRuns: 600 },
  )
}, 120_000)

async function queueAndRender(mail: Mail, streamed: boolean): Promise<{ mime: Buffer; resolved: ResolvedMail }> {
  const resolved = await resolveDraft(draftMail(mail, given), { limits: defaultLimits })
  const message = decodeDocument(Buffer.from(resolved.document), openFrom(resolved, streamed))
  return { mime: await renderMime(message), resolved }
}

/** As a store would: whole where it must be whole, else in chunks. */
function openFrom({ contents }: ResolvedMail, streamed: boolean): OpenContent {
  return ({ content, whole }) => {
    const chunks = 'index' in content ? [...(contents[content.index]?.chunks() ?? [])] : []
    return streamed && !whole ? Readable.from(chunks, { objectMode: false }) : Buffer.concat(chunks)
  }
}

/** Nodemailer's own way, with the three values pinned that it would invent: Message-ID, Date, boundary. */
async function sendDirectly(mail: Mail, { draft }: ResolvedMail): Promise<{ mime: Buffer; envelope: unknown }> {
  const transporter = createTransport({
    name: 'direct',
    version: '1',
    send: (sent, done) => sent.message?.build((error, mime) => done(error, { mime, envelope: sent.message?.getEnvelope() } as never)),
  })
  const { mime, envelope } = (await transporter.sendMail({ ...mail, ...draft.pins } as SendMailOptions)) as unknown as { mime: Buffer; envelope: { from: unknown; to: unknown } }
  return { mime, envelope: { from: envelope.from || '', to: envelope.to } }
}

function addressesOf({ draft }: ResolvedMail): unknown {
  return { from: draft.sender, to: draft.recipients.map(({ address }) => address) }
}

/** Nodemailer gives each image that it takes out of the HTML a random id. */
function withoutChance(mime: string): string {
  return mime.replace(/[0-9a-f]{20}@localhost/g, 'cid@localhost')
}
