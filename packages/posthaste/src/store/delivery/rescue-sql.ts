import type { Dialect, JsonColumns } from '../dialect.ts'

export const rescuedColumns = {
  mail_id: 'id',
  state: 'text',
  reason: 'text',
  unknowns: 'integer',
  now: 'bigint',
} as const satisfies JsonColumns

export function rescueSql(dialect: Dialect): string {
  return dialect.updateFrom({
    table: dialect.tables.delivery,
    from: dialect.jsonRows('g', rescuedColumns),
    on: `d.mail_id = ${dialect.fromJsonId('g.mail_id')}`,
    set: {
      state: 'g.state',
      reason: 'g.reason',
      due_at: 'g.now',
      unknowns: 'd.unknowns + g.unknowns',
      rescues: 'd.rescues + 1',
      token: 'd.token + 1',
      worker_id: 'null',
      claimed_at: 'null',
      dispatched_at: 'null',
      settled_at: "case when g.state = 'failed' then g.now end",
    },
  })
}
