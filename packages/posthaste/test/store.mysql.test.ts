import { storeContract } from './contracts/store/store.ts'
import { describeDatabase } from './support/databases.ts'

describeDatabase('mysql', 'the store', storeContract)
