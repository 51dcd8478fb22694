import type { Engine, JsonColumns } from '../engine.ts'
import { changesOf, oneMore } from '../transition-sql.ts'

export const rescuedColumns = {
  mail_id: 'id',
  state: 'text',
  reason: 'text',
  unknowns: 'integer',
  now: 'bigint',
} as const satisfies JsonColumns

export function rescueSql(engine: Engine): string {
  return engine.updateFrom({
    table: engine.tables.delivery,
    from: engine.jsonRows('g', rescuedColumns),
    on: `d.mail_id = ${engine.fromJsonId('g.mail_id')}`,
    set: changesOf('rescue', {
      now: 'g.now',
      state: 'g.state',
      reason: 'g.reason',
      unknowns: `case when g.unknowns > 0 then ${oneMore('d.unknowns')} else d.unknowns end`,
      rescues: oneMore('d.rescues'),
    }),
  })
}
