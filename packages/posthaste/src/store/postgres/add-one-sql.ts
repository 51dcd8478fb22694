import { deliveryColumns, mailColumns } from '../add/rows.ts'
import { supersedingGiven } from '../add/superseded.ts'
import { assignments, type Engine, type JsonColumns } from '../engine.ts'
import { raw } from '../sql.ts'
import { isSuppressed } from '../suppressed.ts'
import { changesOf, isFor } from '../transition-sql.ts'
import { wake } from './notify.ts'

/** What the function is given of a mail, in this order, as texts. */
export const givenColumns = {
  held_name: 'text',
  held_value: 'text',
  taken_name: 'text',
  taken_value: 'text',
  ...mailColumns,
  ...deliveryColumns,
  size: 'bigint',
  content_ids: 'text',
} as const satisfies JsonColumns

/** And of each recipient, one behind the other. */
export const givenOfRecipient = ['kind', 'address', 'address_key', 'domain_key', 'hash_key'] as const

/**
 * An enqueue of one mail as a function of the database's: its plans are kept, and unlike a named statement it survives
 * PgBouncer's transaction mode. Texts in arrays, for each parameter costs the call, and JSON costs more to read. Beside
 * the statement of many as the function, `bench --only enqueue` printed 0.33–0.35 of an INSERT's rate, not 0.24–0.31.
 */
export function addOneSql(engine: Engine): string {
  const steps = [
    ...guarding(),
    refusingSuperseded(engine),
    takingKey(engine),
    usingContents(engine),
    ...fillingIn(engine),
    ...addressing(engine),
    ...makingDue(engine),
  ]
  // No semicolon ends a line: there tools for migrations cut.
  return `create or replace function ${addOneName(engine)}(
  mail text[],
  recipients text[],
  tags text[],
  uses uuid[],
  document bytea,
  mime bytea
)
returns text
language plpgsql
as $posthaste$
<<given>>
declare ${declarations().join('\n; ')}
; begin
${steps.join('\n; ')}
; end $posthaste$`
}

export function addOneName({ tables }: Pick<Engine, 'tables'>): string {
  return tables.mail.sql.replace(/"mail"$/, '"add_mail"')
}

/** With what it is given, as a `grant` names it. */
export function addOneCall(tables: Engine['tables']): string {
  return `${addOneName({ tables })}(text[], text[], text[], uuid[], bytea, bytea)`
}

function declarations(): string[] {
  const types = { id: 'uuid', text: 'text', bigint: 'bigint', integer: 'integer' }
  return [
    ...Object.entries(givenColumns).map(([name, type], i) => `${name} ${types[type]} := mail[${i + 1}]`),
    'is_suppressed boolean',
    "suppressed text[] := '{}'",
    `width constant integer := ${givenOfRecipient.length}`,
  ]
}

/** Null where the transaction that was meant is over. */
function guarding(): string[] {
  return [
    `if held_name is not null and current_setting(held_name, true) is distinct from held_value
  then return null
  ; end if`,
    `if taken_name is not null
  then taken_value := set_config(taken_name, taken_value, true)
  ; end if`,
  ]
}

const notStored = "return '[null, []]'"

/** Nothing is stored where another mail stands in the place of the replaced one already. */
function refusingSuperseded(engine: Engine): string {
  return `if replaces is not null and exists (
    select
    ${supersedingGiven(engine, 'given')}
  )
  then ${notStored}
  ; end if`
}

/** Nothing more is stored where another mail has the key. */
function takingKey({ tables: t }: Engine): string {
  return `if idempotency_key is not null then
  insert into ${t.idempotency} (tenant, idempotency_key, mail_id, hash, envelope)
  values (given.key_tenant, given.idempotency_key, given.id, given.hash, given.envelope)
  on conflict do nothing
  ; if not found and not exists (
    select
    from ${t.idempotency} i
    where i.tenant = given.key_tenant and i.idempotency_key = given.idempotency_key and i.mail_id = given.id
  )
    then ${notStored}
    ; end if
  ; end if`
}

/** Nor where a content that it names is gone. */
function usingContents({ tables: t }: Engine): string {
  return `if contents > 0 then
  insert into ${t.content_use} (mail_id, content_id)
  select given.id, c.id
  from (select c.id, c.chunks from ${t.content} c where c.id = any (uses) for key share) c
  where c.chunks = (select count(*) from ${t.chunk} k where k.content_id = c.id)
  ; if (select count(*) from ${t.content_use} u where u.mail_id = given.id) < contents
    then ${notStored}
    ; end if
  ; end if`
}

function fillingIn({ tables: t }: Engine): string[] {
  const mail = Object.keys(mailColumns)
  return [
    `insert into ${t.mail} (${mail.join(', ')})
  values (${mail.map((name) => `given.${name}`).join(', ')})`,
    `insert into ${t.body} (mail_id, document, mime, mime_size, size, contents)
  values (given.id, document, mime, length(mime), given.size, given.content_ids)`,
    `if tags is not null then
  insert into ${t.tag} (mail_id, tag)
  select given.id, unnest(tags)
  ; end if`,
  ]
}

/** Suppressed is a mail of whose recipients all are. */
function addressing(engine: Engine): string[] {
  const of = (name: (typeof givenOfRecipient)[number]) =>
    `recipients[seq * width + ${givenOfRecipient.indexOf(name) + 1}]`
  const keys = raw([of('address_key'), of('domain_key'), of('hash_key')].join(', '))
  const asked = {
    stream: raw('given.stream'),
    tenant: raw('given.key_tenant'),
    now: raw('given.created_at'),
  }
  return [
    "state := 'suppressed'",
    `for seq in 0 .. cardinality(recipients) / width - 1 loop
  is_suppressed := ${isSuppressed(engine, keys, asked)}
  ; insert into ${engine.tables.recipient} (mail_id, seq, kind, address, address_key, state)
  values (given.id, seq, ${[of('kind'), of('address'), of('address_key')].join(', ')},
    case when is_suppressed then 'suppressed' else 'pending' end)
  ; if is_suppressed
    then suppressed := suppressed || ${of('address')}
    ; else state := 'queued'
    ; end if
  ; end loop`,
  ]
}

/** The row that can be claimed comes last. */
function makingDue(engine: Engine): string[] {
  const t = engine.tables
  return [
    `if replaces is not null then
  update ${t.delivery} d
  set ${assignments(changesOf('cancel', { now: 'given.created_at' }))}
  where d.mail_id = given.replaces and ${isFor('cancel')} and exists (
    select
    from ${t.mail} m
    where m.id = given.replaces and m.tenant is not distinct from given.tenant
  )
  ; end if`,
    `insert into ${t.delivery} (mail_id, state, stream, lane, due_at, expires_at, has_body, settled_at)
  values (given.id, given.state, given.stream, given.lane, given.due_at, given.expires_at, given.has_body,
    case when given.state = 'suppressed' then given.created_at end)`,
    `perform ${wake(engine, 'given.created_at')}`,
    'return json_build_array(state, suppressed)::text',
  ]
}
