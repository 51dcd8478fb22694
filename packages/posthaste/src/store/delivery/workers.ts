import type { Row } from '../../connections/database.ts'
import { truncateForColumn } from '../add/rows.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { StoredRow, textsOf } from '../rows.ts'
import { run, sql } from '../sql.ts'
import type { WorkerRow } from '../store.ts'

export async function registerWorker({ database, engine }: StoreBase, worker: WorkerRow): Promise<void> {
  await run(
    database,
    sql`insert into ${engine.tables.worker}
        (id, name, version, started_at, heartbeat_at, lease_until, sleeping, stopping, streams, concurrency, delivered,
          own_fault)
      values (${engine.id(worker.id)}, ${truncateForColumn(worker.name, 200)}, ${truncateForColumn(worker.version, 40)},
        ${worker.startedAt}, ${worker.heartbeatAt}, ${worker.leaseUntil},
        ${worker.sleeping ? 1 : 0}, ${worker.stopping ? 1 : 0},
        ${worker.streams ? JSON.stringify(worker.streams) : null}, ${worker.concurrency}, ${worker.delivered},
        ${ownFaultOf(worker)})`,
  )
}

export interface Beat {
  readonly now: number
  readonly leaseUntil: number
  readonly sleeping: boolean
  readonly stopping: boolean
  readonly delivered: number
  readonly ownFault: string | null
}

export async function beat({ database, engine }: StoreBase, workerId: string, beat: Beat): Promise<boolean> {
  const { affected } = await run(
    database,
    sql`update ${engine.tables.worker}
      set heartbeat_at = ${beat.now}, lease_until = ${beat.leaseUntil}, delivered = ${beat.delivered},
        own_fault = ${ownFaultOf(beat)},
        sleeping = ${beat.sleeping ? 1 : 0}, stopping = ${beat.stopping ? 1 : 0}
      where id = ${engine.id(workerId)}`,
  )
  return affected === 1
}

function ownFaultOf({ ownFault }: Pick<WorkerRow, 'ownFault'>): string | null {
  return ownFault === null ? null : truncateForColumn(ownFault, 500)
}

export async function removeWorker({ database, engine }: StoreBase, workerId: string): Promise<void> {
  await database.query(`delete from ${engine.tables.worker} where id = ?`, [engine.id(workerId)])
}

/** A worker whose lease has ended hears nothing. */
export async function anySleeping({ database, engine }: StoreBase, now: number): Promise<boolean> {
  const { rows } = await database.query(
    `select 1 as asleep from ${engine.tables.worker} where sleeping = 1 and lease_until > ? limit 1`,
    [now],
  )
  return rows.length > 0
}

export async function workers({ database, engine }: StoreBase): Promise<WorkerRow[]> {
  const { rows } = await run(database, sql`select * from ${engine.tables.worker} order by started_at, id`)
  return rows.map((row) => workerOf(row, engine))
}

function workerOf(row: Row, engine: Engine): WorkerRow {
  const read = new StoredRow(row)
  return {
    id: engine.readId(row.id),
    name: read.text('name'),
    version: read.text('version'),
    startedAt: read.time('started_at'),
    heartbeatAt: read.time('heartbeat_at'),
    leaseUntil: read.time('lease_until'),
    sleeping: read.flag('sleeping'),
    stopping: read.flag('stopping'),
    streams: row.streams === null ? null : textsOf(row.streams),
    concurrency: read.count('concurrency'),
    delivered: read.count('delivered'),
    ownFault: read.textOrNull('own_fault'),
  }
}
