import { storeContract } from './contracts/store/store.ts'
import { describeDatabase } from './support/databases.ts'

describeDatabase('postgres', 'the store', storeContract)
