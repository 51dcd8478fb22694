import { freeKey, lockKey } from '../add/conflict.ts'
import { addContents, writeContent } from '../add/contents.ts'
import type { NewEntry } from '../add/new-mail.ts'
import { refuseSuperseded } from '../add/superseded.ts'
import type { Engine } from '../engine.ts'
import type { EnqueueStore, StoreGuard } from '../enqueue-store.ts'
import { identitySql } from '../server.ts'
import { empty, sql } from '../sql.ts'
import { answer, ask, runSteps } from '../statement.ts'
import { addEntries } from './add-entries.ts'
import { acquireSetting, settingCondition } from './setting-guard.ts'

/**
 * Everything but large content is one statement, so that a failure, caught or not, leaves nothing that could be
 * claimed.
 */
export function postgresEnqueueStore(engine: Engine): EnqueueStore {
  const inserting = (entries: readonly NewEntry[], guard?: StoreGuard) => () =>
    addEntries(entries, guard, engine)
  return {
    *addMails(entries, written) {
      yield* addContents(entries, { written, condition: settingCondition(undefined) }, engine)
      return yield* inserting(entries)()
    },
    isOneStatement,
    *serverIdentity() {
      const { rows } = yield* ask(identitySql)
      return String(rows[0]?.identity)
    },
    *acquireGuard(guard, site) {
      return guard.by === 'setting' ? yield* acquireSetting(guard, site) : ''
    },
    *guardHolds(guard) {
      return (yield* ask(sql`select 1 as held where ${settingCondition(guard)}`)).rows.length > 0
    },
    // The condition of the one statement tells.
    isCommitted: () => answer(false),
    *releaseGuard() {},
    *insertContents(entries, { guard, written }) {
      yield* addContents(entries, { written, condition: settingCondition(guard) }, engine)
      return inserting(entries, guard)
    },
    *deleteMails() {},
    putContent: (content, fate) => writeContent(content, fate, engine),
    placeholders: 'numbered',
    async collectStatements(entry, executor) {
      await runSteps(refuseSuperseded(entry, engine, empty), executor)
      // What follows the one statement only reads what came of it.
      const { value, done } = inserting([entry])().next()
      const { mail } = entry
      const freeing = mail.idempotencyKey === null ? [] : [lockKey(mail, engine), freeKey(mail, engine)]
      return done ? [] : [...freeing, value]
    },
  }
}

/** Nothing of these needs a statement before or after the one, and none is stored where another is refused. */
function isOneStatement(entries: readonly NewEntry[]): boolean {
  const mayBeRefused = entries.length > 1 && entries.some(({ mail }) => mail.replaces !== null)
  return (
    !mayBeRefused &&
    entries.every(({ mail, body }) => mail.idempotencyKey === null && body.contents.length === 0)
  )
}
