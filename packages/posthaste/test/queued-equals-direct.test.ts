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
      const direct = await sendDirectly(recipe.make(), queued)
      expect(queued.mime.toString('latin1')).toBe(direct.mime.toString('latin1'))
      expect(addressesOf(queued.resolved)).toEqual(direct.envelope)
    }),
    { numRuns: 500 },
  )
}, 120_000)

interface Queued {
  readonly mime: Buffer
  readonly resolved: ResolvedMail
  readonly imageIds: readonly string[]
}

async function queueAndRender(mail: Mail, streamed: boolean): Promise<Queued> {
  const resolved = await resolveDraft(draftMail(mail, given), { limits: defaultLimits })
  const message = decodeDocument(Buffer.from(resolved.document), openFrom(resolved, streamed))
  const imageIds = (message.attachments ?? []).flatMap(({ cid }) => (cid && isImageId(cid) ? [cid] : []))
  return { mime: await renderMime(message), resolved, imageIds }
}

/** As a store would: whole where it must be whole, else in chunks. */
function openFrom({ contents }: ResolvedMail, streamed: boolean): OpenContent {
  return ({ content, whole }) => {
    const chunks = 'index' in content ? [...(contents[content.index]?.chunks() ?? [])] : []
    return streamed && !whole ? Readable.from(chunks, { objectMode: false }) : Buffer.concat(chunks)
  }
}

/** Nodemailer's own way, with what it would invent pinned: Message-ID, Date, boundary, and the ids of images that it takes out of the HTML. */
async function sendDirectly(
  mail: Mail,
  { resolved, imageIds }: Queued,
): Promise<{ mime: Buffer; envelope: unknown }> {
  const transporter = createTransport({
    name: 'direct',
    version: '1',
    send: (sent, done) =>
      sent.message?.build((error, mime) =>
        done(error, { mime, envelope: sent.message?.getEnvelope() } as never),
      ),
  })
  transporter.use('compile', ({ data }, done) => {
    const invented = (data.attachments ?? []).filter(({ cid }) => cid && isImageId(cid))
    for (const [index, attachment] of invented.entries()) {
      data.html = String(data.html).replace(String(attachment.cid), imageIds[index] ?? 'missing')
      attachment.cid = imageIds[index]
    }
    done()
  })
  const sent = (await transporter.sendMail({
    ...mail,
    ...resolved.draft.pins,
  } as SendMailOptions)) as unknown as Sent
  return { mime: sent.mime, envelope: { from: sent.envelope.from || '', to: sent.envelope.to } }
}

interface Sent {
  readonly mime: Buffer
  readonly envelope: { readonly from: unknown; readonly to: unknown }
}

function isImageId(cid: string): boolean {
  return /^[0-9a-f]{20}@localhost$/.test(cid)
}

function addressesOf({ draft }: ResolvedMail): unknown {
  return { from: draft.sender, to: draft.recipients.map(({ address }) => address) }
}
