import type { Engine, JsonColumns } from '../engine.ts'

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
