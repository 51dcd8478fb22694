import { afterEach } from 'vitest'
import type { DatabaseSuite } from '../../support/databases.ts'
import { type OpenStore, openStore } from '../../support/store.ts'
import { emptyTables } from '../../support/store-rows.ts'
import { actContract } from './act.ts'
import { claimContract } from './claim.ts'
import { claimFromContract } from './claim-from.ts'
import { claimGivenContract } from './claim-given.ts'
import { findContract } from './find.ts'
import { forgottenContract } from './forgotten.ts'
import { purgeContract } from './purge.ts'
import { raceContract } from './races.ts'
import { readContract } from './read.ts'
import { refusalContract } from './refusals.ts'
import { rescueContract } from './rescue.ts'
import { settleContract } from './settle.ts'
import { staleContract } from './stale.ts'
import { suppressionContract } from './suppressions.ts'

/** The law that the store keeps on every database. */
export const storeContract: DatabaseSuite = (kind, fresh) => {
  let opened: Promise<OpenStore> | undefined
  const open = () => {
    opened ??= fresh().then((database) => openStore(kind, database))
    return opened
  }
  afterEach(async () => {
    if (opened) await emptyTables(await opened)
  })
  for (const contract of contracts) contract(open)
}

const contracts = [
  claimContract,
  claimFromContract,
  claimGivenContract,
  readContract,
  settleContract,
  staleContract,
  forgottenContract,
  rescueContract,
  refusalContract,
  raceContract,
  findContract,
  actContract,
  purgeContract,
  suppressionContract,
]
