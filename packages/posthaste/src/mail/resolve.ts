import { PosthasteError } from '../errors.ts'
import { isObject, isStream, type PlainObject } from './content-fields.ts'
import { planSlots, type Slot } from './content-slots.ts'
import {
  type ContentCache,
  type ContentSource,
  createContentCache,
  type StoredContent,
} from './content-source.ts'
import { takeDataImages } from './data-images.ts'
import { encodeDocument } from './document.ts'
import { type Draft, withRawHeader } from './draft.ts'
import { withMethod } from './ical-method.ts'
import type { ContentLimits } from './limits.ts'
import { firstBytes, isPiece, wholeText } from './piece.ts'
import { forgetRead, type Reading, readLater, readNow } from './read-content.ts'

/** A mail ready to be stored: every byte at hand. */
export interface ResolvedMail {
  readonly draft: Draft
  /** Versioned JSON; the content that it refers to by index is in {@link contents}. */
  readonly document: Buffer
  /** Content stored apart; the index in the document is the index here. One source may stand in many mails: compare by identity. */
  readonly contents: readonly ContentSource[]
  /** Content stored earlier by `attachments.put()`, each once. */
  readonly stored: readonly StoredContent[]
  /** Bytes: the document, and all content it refers to. */
  readonly size: number
  /** SHA-256 of what the user gave, in hexadecimal: no generated id, date or boundary, and the same for any order of keys. */
  readonly hash: () => string
}

export interface ResolveOptions {
  readonly limits: ContentLimits
  /** Give the same one for all mails of one call, so that what they share is read and stored once. */
  readonly cache?: ContentCache
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads every stream, file and URL of a draft. Sources of the result may hold temporary files: {@link disposeMail} when it is stored.
 *
 * @throws {PH_PATH_REFUSED} {PH_URL_REFUSED} {PH_CONTENT_UNREADABLE} {PH_CONTENT_TOO_LARGE} {PH_MAIL_INVALID}
 */
export async function resolveDraft(draft: Draft, options: ResolveOptions): Promise<ResolvedMail> {
  const plan = planDraft(draft, options)
  try {
    for (const slot of plan.pending) fill(slot, await readLater(slot, plan.reading))
    return finish(plan, options)
  } catch (error) {
    abandon(plan.pending)
    forgetRead(plan.reading)
    throw error
  }
}

/** The same, or undefined when something must be awaited: a stream, a file, a URL. Nothing was consumed then. */
export function resolveDraftSync(draft: Draft, options: ResolveOptions): ResolvedMail | undefined {
  const plan = planDraft(draft, options)
  return plan.pending.length === 0 ? finish(plan, options) : undefined
}

/** Frees the temporary files behind resolved mails. Sources shared with other mails are freed for them too. */
export function disposeMail({ contents }: ResolvedMail): void {
  for (const source of contents) source.dispose()
}

interface Plan {
  readonly draft: Draft
  readonly tree: Record<string, unknown>
  readonly pending: readonly Slot[]
  readonly reading: Reading
}

function planDraft(draft: Draft, { limits, cache, signal }: ResolveOptions): Plan {
  const { tree, slots } = planSlots(draft.mail)
  const reading: Reading = {
    limits: narrowed(limits, draft.mail),
    cache: cache ?? createContentCache(),
    signal,
    left: limits.maxSize,
    read: [],
  }
  const pending = slots.filter((slot) => {
    const piece = readNow(slot, reading)
    if (piece) fill(slot, piece)
    return !piece
  })
  return { draft, tree, pending, reading }
}

/** A mail may forbid what the queue allows, never the other way round. */
function narrowed(
  limits: ContentLimits,
  { disableFileAccess, disableUrlAccess }: PlainObject,
): ContentLimits {
  return {
    ...limits,
    ...(Boolean(disableFileAccess) && { roots: [] }),
    ...(Boolean(disableUrlAccess) && { hosts: [] }),
  }
}

function fill({ holder, key }: Slot, piece: unknown): void {
  holder[key] = piece
}

function finish(plan: Plan, { limits }: ResolveOptions): ResolvedMail {
  const { tree, reading } = plan
  if (tree.attachDataUrls) attachDataImages(tree, reading)
  if (tree.icalEvent) tree.icalEvent = withMethod(tree.icalEvent, contentText(tree.icalEvent))
  const draft = isPiece(tree.raw) ? withRawHeader(plan.draft, firstBytes(tree.raw) ?? '') : plan.draft
  const encoded = encodeDocument(tree, draft.pins)
  const apart = [...encoded.contents, ...encoded.stored]
  const size = apart.reduce((sum, content) => sum + content.size, encoded.document.length)
  // Inline bytes are base64 in the document, so it may be a third larger than what was counted while reading.
  if (size > limits.maxSize * 1.4)
    throw new PosthasteError('PH_CONTENT_TOO_LARGE', `more than ${limits.maxSize} bytes`)
  return { draft, ...encoded, size }
}

/** Done here and not while rendering, where every attempt would do it anew. */
function attachDataImages(tree: Record<string, unknown>, reading: Reading): void {
  delete tree.attachDataUrls
  const html = contentText(tree.html)
  if (html === undefined) return
  const taken = takeDataImages(html)
  const { tree: parts, slots } = planSlots({ html: taken.html, attachments: taken.attachments })
  for (const slot of slots) fill(slot, readNow(slot, reading))
  const given = (tree.attachments ?? []) as unknown[]
  Object.assign(
    tree,
    { html: parts.html },
    taken.attachments.length > 0 && { attachments: [...given, ...(parts.attachments as unknown[])] },
  )
}

/** Undefined where it is not at hand as text. */
function contentText(part: unknown): string | undefined {
  if (isPiece(part)) return wholeText(part)
  if (!isObject(part) || !isPiece(part.content)) return undefined
  const text = wholeText(part.content)
  const isEncoded = typeof part.encoding === 'string' && part.content.kind === 'text'
  return text && isEncoded ? Buffer.from(text, normalEncoding(part.encoding as string)).toString() : text
}

function normalEncoding(name: string): BufferEncoding {
  const encoding = name.toLowerCase().replace(/[-_\s]/g, '')
  return Buffer.isEncoding(encoding) ? encoding : 'utf8'
}

/** What was not read yet must not keep its file or socket open. */
function abandon(pending: readonly Slot[]): void {
  for (const { holder, key } of pending) {
    const value = holder[key]
    if (isStream(value) && 'destroy' in value && typeof value.destroy === 'function') value.destroy()
  }
}
