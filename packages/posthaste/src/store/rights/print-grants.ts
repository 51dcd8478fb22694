import type { Executor } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import { grants, type Right, type Role, roles } from './rights.ts'

/** The statements, each ended by a `;` at the end of a line. @throws {PH_OPTION_INVALID} */
export function printGrants(engine: Engine, named: Readonly<Record<Role, string | undefined>>): string {
  const { rights } = engine
  if (!rights)
    throw new PosthasteError(
      'PH_OPTION_INVALID',
      `${engine.server.name} has no roles: all may do all with a file that they can open`,
    )
  const statements = roles.flatMap((role) => {
    const name = named[role]
    return name === undefined ? [] : grants(rights.of(role), rights.account(name))
  })
  if (statements.length === 0)
    throw new PosthasteError('PH_OPTION_INVALID', 'name a role: app, worker, or both')
  return `${statements.join(';\n')};\n`
}

/** What the user of a connection may not do of what a role needs, and what to run about it. */
interface Lacked {
  readonly right: Right
  readonly remedy: string
}

export interface RightsFound {
  /** The user of the connection, quoted. */
  readonly account: string
  readonly lacked: Readonly<Record<Role, readonly Lacked[]>>
  /** It has a right that only this role needs. */
  readonly isMeantFor: Readonly<Record<Role, boolean>>
}

/** Undefined where there are no users. */
export async function findRights(executor: Executor, { rights }: Engine): Promise<RightsFound | undefined> {
  if (!rights) return undefined
  const account = await rights.ownAccount(executor)
  const lacking = async (role: Role) =>
    (await rights.lacking(executor, rights.of(role))).map((right) => ({
      right,
      remedy: grants([right], account).join(),
    }))
  const lacked = { app: await lacking('app'), worker: await lacking('worker') }
  const owned = (role: Role, other: Role) => {
    const names = new Set(lacked[role].map(({ right }) => nameOf(right)))
    const others = new Set(rights.of(other).map(nameOf))
    return rights
      .of(role)
      .filter(({ privilege }) => !everybodys.has(privilege))
      .some((right) => !others.has(nameOf(right)) && !names.has(nameOf(right)))
  }
  const isMeantFor = { app: owned('app', 'worker'), worker: owned('worker', 'app') }
  return { account, lacked, isMeantFor }
}

/** PostgreSQL gives these without being asked, or they say little. */
const everybodys: ReadonlySet<Right['privilege']> = new Set(['usage', 'execute'])

function nameOf({ privilege, on }: Right): string {
  return `${privilege} ${on}`
}
