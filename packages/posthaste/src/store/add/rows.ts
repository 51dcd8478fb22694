import { hash } from 'node:crypto'
import { addressKey, separatorOf } from '../../mail/address-key.ts'
import { priorities } from '../../mail/mail.ts'
import type { Engine, JsonColumns } from '../engine.ts'
import { bodyFates } from '../erase.ts'
import { Sql } from '../sql.ts'
import { contentId, laneOf, type NewEntry, type NewMail } from './new-mail.ts'

export const mailColumns = {
  id: 'id',
  message_id: 'text',
  subject: 'text',
  subject_key: 'text',
  sender: 'text',
  stream: 'text',
  tenant: 'text',
  priority: 'integer',
  created_at: 'bigint',
  send_at: 'bigint',
  expires_at: 'bigint',
  on_unknown: 'text',
  is_sensitive: 'integer',
  retry: 'text',
  smtp: 'text',
  metadata: 'text',
  idempotency_key: 'text',
  resent_from: 'id',
} as const satisfies JsonColumns

export const recipientColumns = {
  mail_id: 'id',
  seq: 'integer',
  kind: 'text',
  address: 'text',
  address_key: 'text',
  domain_key: 'text',
  hash_key: 'text',
  stream: 'text',
  tenant: 'text',
  state: 'text',
} as const satisfies JsonColumns

export const tagColumns = { mail_id: 'id', tag: 'text' } as const satisfies JsonColumns
export const useColumns = { mail_id: 'id', content_id: 'id' } as const satisfies JsonColumns

export const deliveryColumns = {
  id: 'id',
  lane: 'integer',
  due_at: 'bigint',
  created_at: 'bigint',
  stream: 'text',
  key_tenant: 'text',
  idempotency_key: 'text',
  hash: 'text',
  envelope: 'text',
  replaces: 'id',
  state: 'text',
  contents: 'integer',
  has_body: 'integer',
} as const satisfies JsonColumns

export function mailRow(
  mail: NewMail,
  engine: Engine,
): Record<keyof typeof mailColumns, string | number | null> {
  // No face shows that of sensitive mail.
  const subject = mail.sensitive ? '' : mail.subject
  return {
    id: engine.jsonId(mail.id),
    message_id: truncateForColumn(mail.messageId, 300),
    subject: truncateForColumn(subject, 200),
    subject_key: subjectKey(subject),
    sender: truncateForColumn(mail.sender, 320),
    stream: mail.stream,
    tenant: mail.tenant,
    priority: priorities.indexOf(mail.priority),
    created_at: mail.createdAt,
    send_at: mail.sendAt,
    expires_at: mail.expiresAt,
    on_unknown: mail.onUnknown,
    is_sensitive: mail.sensitive ? 1 : 0,
    retry: mail.retry ? JSON.stringify(mail.retry) : null,
    smtp: mail.smtp ? JSON.stringify(mail.smtp) : null,
    metadata: mail.metadata,
    idempotency_key: mail.idempotencyKey,
    resent_from: mail.resentFrom ? engine.jsonId(mail.resentFrom) : null,
  }
}

export function recipientRows({ id, recipients, stream, tenant }: NewMail, engine: Engine) {
  const mailId = engine.jsonId(id)
  return recipients.map(({ address, kind }, seq) => ({
    mail_id: mailId,
    seq,
    kind,
    address: truncateForColumn(address, 320),
    ...suppressionKeys(address),
    stream,
    tenant: keyTenant({ tenant }),
    state: 'pending',
  }))
}

/** `state` is for databases that are told it; PostgreSQL finds it out in the same statement. */
export function deliveryRow(
  { mail, body }: NewEntry,
  engine: Engine,
  state = 'queued',
): Record<keyof typeof deliveryColumns, string | number | null> {
  return {
    id: engine.jsonId(mail.id),
    lane: laneOf(mail.priority, 0),
    due_at: mail.sendAt,
    created_at: mail.createdAt,
    stream: mail.stream,
    key_tenant: keyTenant(mail),
    idempotency_key: mail.idempotencyKey,
    hash: mail.idempotencyKey === null ? null : body.hash(),
    envelope: mail.idempotencyKey === null ? null : envelopeHash(mail, mail.idempotencyKey),
    replaces: mail.replaces ? engine.jsonId(mail.replaces) : null,
    state,
    contents: new Set(body.contents.map(contentId)).size,
    has_body: mail.sensitive ? bodyFates.goes : bodyFates.stays,
  }
}

/** Keys belong to a tenant; '' is mail without one. */
export function keyTenant({ tenant }: Pick<NewMail, 'tenant'>): string {
  return tenant ?? ''
}

interface Addressed extends Pick<NewMail, 'tenant'> {
  readonly recipients: readonly { readonly address: string }[]
}

/**
 * What tells whether a key comes with the same recipients again, in any order and spelling. The key is in it, so that
 * no one can be looked up by it.
 */
export function envelopeHash({ tenant, recipients }: Addressed, key: string): string {
  const keys = new Set(recipients.map(({ address }) => storedKey(address)))
  return hash('sha256', JSON.stringify([keyTenant({ tenant }), key, ...[...keys].sort()]))
}

/** What the suppression list is asked for: the address, its domain, and the trace of an address that was forgotten. */
export function suppressionKeys(address: string): {
  address_key: string
  domain_key: string
  hash_key: string
} {
  const key = storedKey(address)
  return {
    address_key: key,
    domain_key: key.slice(Math.max(separatorOf(key), 0)),
    hash_key: `sha256:${hash('sha256', key)}`,
  }
}

/** Entries of the suppression list are keys already; an address that has none was stored by hand. */
export function storedKey(address: string): string {
  return addressKey(address) ?? truncateForColumn(address, 320)
}

export function subjectKey(subject: string): string {
  return truncateForColumn(subject.toLowerCase(), 100)
}

/**
 * Text for a search column: bounded, without the NUL and the lone surrogates that PostgreSQL refuses. The whole is in
 * the document.
 */
export function truncateForColumn(text: string, length: number): string {
  const bounded = text.length > length ? text.slice(0, length) : text
  if (bounded.isWellFormed() && !bounded.includes('\0')) return bounded
  return bounded.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** These rows as a table: one parameter, so that the statement's text does not depend on how many they are. */
export function tableOf(engine: Engine, alias: string, columns: JsonColumns, rows: readonly object[]): Sql {
  return new Sql(engine.jsonRows(alias, columns).sql, [JSON.stringify(rows)])
}
