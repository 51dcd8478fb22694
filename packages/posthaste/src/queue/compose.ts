import type { SendMailOptions } from 'nodemailer'
import type { Clock } from '../clock.ts'
import type { Settings, StreamSettings } from '../config/settings.ts'
import { PosthasteError } from '../errors.ts'
import { newId } from '../ids.ts'
import { after } from '../input/time.ts'
import { type ContentCache, type ContentSource, createContentCache } from '../mail/content-source.ts'
import { decodeDocument, decodeFields } from '../mail/decode.ts'
import { type Draft, draftMail } from '../mail/draft.ts'
import { hasFrom } from '../mail/envelope.ts'
import { mayHaveLongLine, refuseLongLines } from '../mail/header-lines.ts'
import type { Mail } from '../mail/mail.ts'
import { renderMime, renderMimeNow } from '../mail/render.ts'
import { type ResolvedMail, resolveDraft, resolveDraftSync } from '../mail/resolve.ts'
import { smtpParameters } from '../mail/smtp-parameters.ts'
import { type EnqueueOptions, type ReadOptions, readOptions } from '../options.ts'
import { fillRetry } from '../retry.ts'
import type { NewBody, NewContent, NewMail } from '../store/add/new-mail.ts'

/** Mail up to this many bytes is rendered when it is queued. */
const renderedUpTo = 256 * 1024

/** A mail on its way in: checked, and not yet read or rendered. */
export interface Composing {
  readonly draft: Draft
  readonly mail: NewMail
}

/** What mails of one call share: contents read once, and stored once under one id. */
export interface Sharing {
  readonly cache: ContentCache
  readonly ids: WeakMap<ContentSource, string>
  /** Contents that were stored: their bytes need not be there any more. */
  readonly written: WeakSet<ContentSource>
}

export function newSharing(): Sharing {
  return { cache: createContentCache(), ids: new WeakMap(), written: new WeakSet() }
}

/** Checks mail and options, at once. Throws whatever is wrong with them. */
export function compose(
  given: Mail,
  options: EnqueueOptions,
  { settings, clock }: { settings: Settings; clock: Clock },
): Composing {
  const now = clock.now()
  const read = readOptions(options, now)
  const stream = settings.streams.get(read.stream)
  if (!stream)
    throw new PosthasteError(
      'PH_STREAM_UNKNOWN',
      `'${read.stream}'; there are ${[...settings.streams.keys()].join(', ')}`,
    )
  const draft = draftMail(given, {
    defaults: settings.defaults,
    id: newId(now),
    now: new Date(now),
    sendAt: new Date(read.sendAt),
    hostname: settings.hostname,
  })
  if (!hasFrom(draft.mail))
    throw new PosthasteError(
      'PH_MAIL_INVALID',
      'it has no `from`, and the configuration has no `defaults.from`',
    )
  return { draft, mail: newMail(draft, read, { now, stream }) }
}

function newMail(
  draft: Draft,
  read: ReadOptions,
  { now, stream }: { now: number; stream: StreamSettings },
): NewMail {
  return {
    id: draft.id,
    messageId: draft.messageId,
    subject: draft.subject,
    sender: draft.sender,
    recipients: draft.recipients,
    stream: read.stream,
    tenant: read.tenant,
    priority: read.priority ?? stream.priority ?? draft.priority ?? 'normal',
    createdAt: now,
    sendAt: read.sendAt,
    expiresAt: read.expiresAt === undefined ? after(read.sendAt, stream.expiresIn) : read.expiresAt,
    onUnknown: read.onUnknown ?? stream.onUnknown,
    sensitive: read.sensitive,
    retry: read.retry === undefined ? null : fillRetry(read.retry, stream.retry),
    smtp: smtpParameters(draft.mail),
    metadata: read.metadata,
    tags: read.tags,
    idempotencyKey: read.idempotencyKey,
    onConflict: read.onConflict,
    replaces: read.replaces,
    resentFrom: null,
  }
}

/** Reads and renders, if that can be done without waiting. */
export function bodyNow(
  { draft }: Composing,
  settings: Settings,
  sharing = newSharing(),
): NewBody | undefined {
  const resolved = resolveDraftSync(draft, { limits: settings.limits, cache: sharing.cache })
  if (!resolved) return undefined
  const mime = isRendered(resolved, settings) ? renderMimeNow(revived(resolved)) : null
  if (mime !== undefined) checkHeaders(resolved, mime)
  return mime === undefined ? undefined : bodyOf(resolved, { draft, mime, sharing })
}

/** Reads whatever must be waited for, and renders. */
export async function bodyLater(
  { draft }: Composing,
  settings: Settings,
  sharing = newSharing(),
): Promise<NewBody> {
  const resolved = await resolveDraft(draft, { limits: settings.limits, cache: sharing.cache })
  const mime = isRendered(resolved, settings) ? await renderMime(revived(resolved)) : null
  checkHeaders(resolved, mime)
  return bodyOf(resolved, { draft, mime, sharing })
}

/** What was spooled to files is needed no more. */
export function disposeBodies(entries: readonly { readonly body: NewBody }[]): void {
  for (const { body } of entries)
    for (const content of body.contents) if ('source' in content) content.source.dispose()
}

function isRendered({ size, stored }: ResolvedMail, { render }: Settings): boolean {
  return render === 'enqueue' && size <= renderedUpTo && stored.length === 0
}

function revived({ document, contents }: ResolvedMail) {
  return decodeDocument(document, ({ content }) => {
    const source = 'index' in content ? contents[content.index] : undefined
    return Buffer.concat([...(source?.chunks() ?? [])])
  })
}

/** Of mail that is rendered when it goes, headers that may be too long are rendered now. A whole message of the app's own goes as it is. */
function checkHeaders({ draft, document }: ResolvedMail, mime: Buffer | null): void {
  if (draft.mail.raw) return
  const isShort = !mime && !mayHaveLongLine(withoutContent(draft.mail))
  const header = isShort ? undefined : (mime ?? renderMimeNow(withoutContent(decodeFields(document))))
  if (header) refuseLongLines(header)
}

function withoutContent(message: SendMailOptions | Mail): SendMailOptions {
  const { html, watchHtml, amp, icalEvent, alternatives, attachments, attachDataUrls, ...fields } = message
  return { ...fields, text: '' } as SendMailOptions
}

interface Reading {
  readonly draft: Draft
  readonly mime: Buffer | null
  readonly sharing: Sharing
}

function bodyOf(resolved: ResolvedMail, { draft, mime, sharing: { ids } }: Reading): NewBody {
  const { messageId, subject } = resolved.draft
  const contents: NewContent[] = resolved.contents.map((source) => ({ id: idOf(source, ids), source }))
  return {
    document: resolved.document,
    mime,
    size: resolved.size,
    hash: resolved.hash,
    ...(resolved.draft === draft ? {} : { header: { messageId, subject } }),
    contents: [...contents, ...resolved.stored],
  }
}

function idOf(source: ContentSource, ids: WeakMap<ContentSource, string>): string {
  const id = ids.get(source) ?? newId()
  ids.set(source, id)
  return id
}
