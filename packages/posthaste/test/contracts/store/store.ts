import { afterEach } from 'vitest'
import type { DatabaseSuite } from '../../support/databases.ts'
import { type OpenStore, openStore } from '../../support/store.ts'
import { actContract } from './act.ts'
import { claimContract } from './claim.ts'
import { findContract } from './find.ts'
import { purgeContract } from './purge.ts'
import { rescueContract } from './rescue.ts'
import { settleContract } from './settle.ts'
import { staleContract } from './stale.ts'
import { suppressionContract } from './suppressions.ts'

/** The law that the store keeps on every database. */
export const storeContract: DatabaseSuite = (kind, fresh) => {
  const opened: OpenStore[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((at) => at.close()))
  })
  const open = async () => {
    const at = await openStore(kind, await fresh())
    opened.push(at)
    return at
  }
  claimContract(open)
  settleContract(open)
  staleContract(open)
  rescueContract(open)
  findContract(open)
  actContract(open)
  purgeContract(open)
  suppressionContract(open)
}
