import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Result, Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { isError } from '../foreign.ts'
import { probeSql } from '../store/standard-sql.ts'
import { type DialectNames, driverSql, kindNamed } from './dialects.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface PrismaTransaction {
  $queryRawUnsafe(sql: string, ...params: unknown[]): PromiseLike<Row[] | undefined>
  $executeRawUnsafe(sql: string, ...params: unknown[]): PromiseLike<number | undefined>
  readonly _activeProvider?: string
  readonly [scopeContext]?: Scope
}

/** Where a client stands among the nested transactions of its connection. */
interface Scope {
  readonly scopeId: string
  readonly scopeState: { readonly stack: readonly string[] }
}

const scopeContext = Symbol.for('prisma.client.transaction.scope_context')

/** The client that Prisma gives inside `$transaction(async (tx) => …)`: by contract the one without `$connect`, extended or not. */
export function prismaHandle(value: object): TransactionHandle | undefined {
  if (!has(value, '$queryRawUnsafe', '$executeRawUnsafe', '$transaction')) return undefined
  if ('$connect' in value)
    throw new PosthasteError(
      'PH_POOL_AS_TRANSACTION',
      'a Prisma client, not the tx of its $transaction(async (tx) => …)',
    )
  const transaction = value as unknown as PrismaTransaction
  const kind = kindNamed(dialects, transaction._activeProvider ?? '')
  const scope = transaction[scopeContext]
  return {
    kind,
    key: scope?.scopeState ?? value,
    name: 'Prisma transaction',
    rejectsAfterEnd: true,
    executor: {
      async query(sql, params: readonly Value[] = []) {
        refuseEnded(scope)
        const answer = await named(ask(transaction, driverSql(kind, sql), params))
        if (scope && isNested(scope)) await refuseOvertaken(transaction, scope)
        return answer
      },
    },
  }
}

function refuseEnded(scope: Scope | undefined): void {
  if (scope && !scope.scopeState.stack.includes(scope.scopeId))
    throw new PosthasteError('PH_TRANSACTION_ENDED', 'a Prisma transaction whose callback has returned')
}

function isNested({ scopeId, scopeState: { stack } }: Scope): boolean {
  return stack[0] !== scopeId
}

/**
 * A nested transaction shares the connection of the outer one. Its end takes two statements, and may overtake one of ours, which then stands
 * in the outer: one more statement and a turn later Prisma has noted that end.
 */
async function refuseOvertaken(transaction: PrismaTransaction, scope: Scope): Promise<void> {
  await nextTurn()
  await named(ask(transaction, probeSql, []))
  await nextTurn()
  refuseEnded(scope)
}

async function ask(transaction: PrismaTransaction, sql: string, params: readonly Value[]): Promise<Result> {
  if (!isQuestion(sql))
    return { rows: [], affected: Number(answered(await transaction.$executeRawUnsafe(sql, ...params))) }
  const rows = answered(await transaction.$queryRawUnsafe(sql, ...params))
  return { rows, affected: rows.length }
}

/** What is asked in one turn is one batch to Prisma: where that fails, only the first is told. */
function answered<T>(answer: T | undefined): T {
  if (answer === undefined) throw new PosthasteError('PH_TRANSACTION_ENDED', 'Prisma gave no answer')
  return answer
}

/** Prisma counts or gives rows, never both. */
function isQuestion(sql: string): boolean {
  return /^\s*(select|with)\b|\breturning\b/i.test(sql)
}

/** What a raw query met, in the driver's words: Prisma's own say only that it failed. */
async function named<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw isError(error) ? asDriverError(error) : error
  }
}

const noTransaction = 'P2028'
/** MariaDB's adapter keeps numbers only. */
const mysqlNames: Readonly<Record<string, string>> = {
  1020: 'ER_CHECKREAD',
  1205: 'ER_LOCK_WAIT_TIMEOUT',
  1213: 'ER_LOCK_DEADLOCK',
}

function asDriverError(error: Error): Error {
  if ('code' in error && error.code === noTransaction)
    return new PosthasteError('PH_TRANSACTION_ENDED', error.message, { cause: error })
  const said = (error as { meta?: { driverAdapterError?: { cause?: DriverFailure } } }).meta
    ?.driverAdapterError?.cause
  if (said?.originalCode === undefined) return error
  const code = mysqlNames[said.originalCode] ?? said.originalCode
  return Object.assign(new Error(said.originalMessage ?? error.message, { cause: error }), { code })
}

interface DriverFailure {
  readonly originalCode?: string
  readonly originalMessage?: string
}

const dialects: DialectNames = [
  [/^(?:postgresql|cockroachdb)$/, 'postgres'],
  [/^mysql$/, 'mysql'],
  [/^sqlite$/, 'sqlite'],
]
