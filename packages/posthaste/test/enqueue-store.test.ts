import { enqueueStoreContract } from './contracts/enqueue-store.ts'
import { describeEachDatabase } from './support/databases.ts'

describeEachDatabase('writing mail', enqueueStoreContract)
