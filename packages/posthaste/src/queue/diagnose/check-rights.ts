import type { Database } from '../../connections/database.ts'
import type { Engine } from '../../store/engine.ts'
import { findRights, type RightsFound } from '../../store/rights/print-grants.ts'
import { describeRight, type Role, roles } from '../../store/rights/rights.ts'
import { type Finding, ok, problem } from './finding.ts'

const does: Readonly<Record<Role, string>> = { app: 'enqueue', worker: 'deliver' }

/** What this user may do: one that enqueues need not deliver, and the other way round. What it has begun to be, it should be wholly. */
export async function checkRights(database: Database, engine: Engine): Promise<Finding[]> {
  const found = await findRights(database, engine)
  if (!found) return []
  const { account, lacked, isMeantFor } = found
  const able = roles.filter((role) => lacked[role].length === 0)
  const meant = roles.filter((role) => isMeantFor[role] && !able.includes(role))
  if (able.length === 0 && meant.length === 0)
    return [
      problem(
        'rights',
        `${account} may neither enqueue nor deliver`,
        'Run, as the owner of the tables, what `posthaste migrate --print-grants --app ROLE --worker ROLE` prints.',
      ),
    ]
  return [
    ...(able.length === 0
      ? []
      : [ok('rights', `${account} may ${able.map((role) => does[role]).join(' and ')}`)]),
    ...meant.flatMap((role) => lackedBy(found, role)),
  ]
}

function lackedBy({ account, lacked }: RightsFound, role: Role): Finding[] {
  return lacked[role].map(({ right, remedy }) =>
    problem(
      'rights',
      `${account} lacks ${describeRight(right)}, and cannot ${does[role]}`,
      `Run as the owner of the tables: ${remedy};`,
    ),
  )
}
