import type { OpenStore } from './store.ts'

/** A moment that the database can be set back to, as by a failover that loses what came after. */
export interface Past {
  comeBack(): Promise<void>
}

const tables = ['delivery', 'recipient', 'attempt'] as const

export async function momentOf({ database, engine }: OpenStore): Promise<Past> {
  for (const name of tables) {
    await database.query(`drop table if exists past_${name}`)
    await database.query(`create table past_${name} as select * from ${engine.tables[name]}`)
  }
  return {
    comeBack: () =>
      database.transaction(async (tx) => {
        for (const name of tables) {
          await tx.query(`delete from ${engine.tables[name]}`)
          await tx.query(`insert into ${engine.tables[name]} select * from past_${name}`)
        }
      }),
  }
}
