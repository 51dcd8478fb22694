import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { createContentCache } from '../../src/mail/content-source.ts'
import { type DocumentForm, decodeDocument } from '../../src/mail/decode.ts'
import { type Draft, draftMail } from '../../src/mail/draft.ts'
import { type ContentLimits, defaultLimits } from '../../src/mail/limits.ts'
import type { Mail } from '../../src/mail/mail.ts'
import type { OpenContent } from '../../src/mail/open-checked.ts'
import { renderMime } from '../../src/mail/render.ts'
import { type ResolvedMail, resolveDraft } from '../../src/mail/resolve.ts'

export const given = { id: '0192f0c1-2d3e-7a4b-8c5d-6e7f8091a2b3', now: new Date('2026-11-24T12:00:00Z') }

export const plainMail = { from: 'shop@example.com', to: 'jo@example.com', subject: 'Hello', text: 'Hi' }

/** A draft of the plain mail with these fields on top; undefined takes one away. */
export function draft(fields: object): Draft {
  return draftMail({ ...plainMail, ...fields } as Mail, given)
}

export async function resolved(fields: object, limits: Partial<ContentLimits> = {}): Promise<ResolvedMail> {
  return resolveDraft(draft(fields), { limits: { ...defaultLimits, ...limits }, cache: createContentCache() })
}

/** The mail as a worker sees it. */
export async function queued(fields: object, form: DocumentForm = 'mime'): Promise<SendMailOptions> {
  const mail = await resolved(fields)
  return decodeDocument(mail.document, openFrom(mail), form)
}

/** The bytes as they go over the wire. */
export async function mimeOf(fields: object): Promise<string> {
  return (await renderMime(await queued(fields))).toString()
}

/** As a store would: whole where it must be whole, else in chunks. */
export function openFrom({ contents }: ResolvedMail): OpenContent {
  return ({ content, whole }) => {
    const chunks = 'index' in content ? [...(contents[content.index]?.chunks() ?? [])] : []
    return whole ? Buffer.concat(chunks) : Readable.from(chunks, { objectMode: false })
  }
}

export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
  return 'nothing was thrown'
}
