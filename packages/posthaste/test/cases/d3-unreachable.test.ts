import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { until } from '../support/wait.ts'

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
const closed = 'u:p@127.0.0.1:1/shop'

/** Neighbours: PostgreSQL, whose pool is kept and used again. */
test.each(['mysql', 'mariadb', 'postgres'])(
  'D3: a server (%s) that cannot be reached leaves nothing behind, however often it is tried',
  async (kind) => {
    await using mail = createMailQueue({ database: `${kind}://${closed}` })
    await expect(mail.stats()).rejects.toThrow('PH_DATABASE_UNREACHABLE')
    const before = timers()
    for (let n = 0; n < 50; n++) await expect(mail.stats()).rejects.toThrow('PH_DATABASE_UNREACHABLE')
    await until(() => timers() < before + 10)
  },
)
