import { afterAll, describe, inject, test } from 'vitest'
import { type FreshDatabase, freshSqlite } from './databases/fresh.ts'
import { type DatabaseKind, databaseKinds, type ServerKind } from './databases/kinds.ts'
import type { Whereabouts } from './databases/setup.ts'
import { freshOn } from './databases/start.ts'

export {
  type DatabaseKind,
  databaseKinds,
  type EngineName,
  engineOf,
  type ServerKind,
  serverKinds,
} from './databases/kinds.ts'
export type { FreshDatabase }

/** Is this run about it? It is about all, or those that POSTHASTE_TEST_DATABASES lists. */
export const isWanted = (kind: DatabaseKind) =>
  process.env.POSTHASTE_TEST_DATABASES?.split(',').includes(kind) ?? true

/** A brand-new empty database: a file, or a database of its own on the server. */
export async function freshDatabase(kind: DatabaseKind): Promise<FreshDatabase> {
  if (kind === 'sqlite') return freshSqlite()
  const server = await locate(kind)
  if ('reason' in server) throw new Error(server.reason)
  return freshOn(kind, server.url)
}

/**
 * Runs a suite once per database. `fresh` makes an empty database, dropped when the suite ends.
 * A database that cannot be had is skipped with its reason; with CI=true or POSTHASTE_TEST_REQUIRE_ALL=1 it fails.
 */
export function describeEachDatabase(title: string, suite: DatabaseSuite): void {
  for (const kind of databaseKinds.filter(isWanted)) describeDatabase(kind, title, suite)
}

export type DatabaseSuite = (kind: DatabaseKind, fresh: () => Promise<FreshDatabase>) => void | Promise<void>

/** The same for one database, where each has a test file of its own. */
export function describeDatabase(kind: DatabaseKind, title: string, suite: DatabaseSuite): void {
  describe.skipIf(!isWanted(kind))(`${title} [${kind}]`, async () => {
    const absent = isWanted(kind) ? await whyAbsent(kind) : undefined
    if (absent) reportAbsence(kind, absent)
    else await suite(kind, dropAtTheEnd(kind))
  })
}

function dropAtTheEnd(kind: DatabaseKind): () => Promise<FreshDatabase> {
  const made: FreshDatabase[] = []
  afterAll(() => Promise.all(made.map((database) => database.drop())))
  return async () => {
    const database = await freshDatabase(kind)
    made.push(database)
    return database
  }
}

async function whyAbsent(kind: DatabaseKind): Promise<string | undefined> {
  if (kind === 'sqlite') return undefined
  const server = await locate(kind)
  return 'reason' in server ? server.reason : undefined
}

/** In place of a suite whose program cannot be had. */
export function reportAbsence(kind: string, reason: string): void {
  const required = process.env.CI === 'true' || process.env.POSTHASTE_TEST_REQUIRE_ALL === '1'
  if (!required) console.warn(`[databases] SKIPPED ${kind}: ${reason}`)
  test.skipIf(!required)(`needs ${kind}`, () => {
    throw new Error(reason)
  })
}

async function locate(kind: ServerKind): Promise<Whereabouts> {
  const answer = await fetch(`${inject('databaseBroker')}/${kind}`)
  return (await answer.json()) as Whereabouts
}
