import { type AddShape, postgresAddSql } from '../add/postgres-add-sql.ts'
import type { Engine } from '../engine.ts'

const parameters = {
  held_name: 'text',
  held_value: 'text',
  mails: 'text',
  recipients: 'text',
  mail_id: 'uuid',
  document: 'bytea',
  mime: 'bytea',
  mime_size: 'integer',
  size: 'bigint',
  contents: 'text',
  tags: 'text',
  uses: 'text',
  plain: 'integer',
}
const columns = 'woken bigint, open bigint, states text, suppressed text'
const held = '? is null or current_setting(?, true) = ?'

/**
 * PostgreSQL: the statement of an enqueue as a function. Since version 3 one mail has another, and this one serves who has not been upgraded
 * yet.
 */
export function addFunction(engine: Engine): string[] {
  if (engine.kind !== 'postgres') return []
  const list = Object.entries(parameters).map(([name, type]) => `${name} ${type}`)
  // No semicolon ends a line: there tools for migrations cut.
  return [
    `create function ${nameIn(engine)}(${list.join(', ')}) returns table (${columns})
language plpgsql set plan_cache_mode = force_generic_plan as $posthaste$
#variable_conflict use_column
begin if plain = 1 then return query
${bound(engine, 'plain')}; else return query
${bound(engine, 'full')}; end if; end $posthaste$`,
  ]
}

function nameIn({ tables }: Engine): string {
  return tables.mail.sql.replace(/"mail"$/, '"add_mail"')
}

function bound(engine: Engine, shape: AddShape): string {
  const order = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  return postgresAddSql(engine, { shape, room: 1, held }).replace(/\?/g, () => `$${order.shift()}`)
}
