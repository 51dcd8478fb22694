import { afterEach } from 'vitest'
import type { DatabaseSuite } from '../../support/databases.ts'
import { type OpenStore, openStore } from '../../support/store.ts'
import { claimContract } from './claim.ts'

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
}
