import type { Pool, PoolClient } from 'pg'
import { serverSql } from '../store/server.ts'

/**
 * A pooler gives its client a number of its own for the process that serves it, since that may be another one at each transaction. What does not tell any
 * number counts as the server itself.
 */
export async function isBehindPooler(client: PoolClient): Promise<boolean> {
  const told = 'processID' in client ? client.processID : undefined
  if (typeof told !== 'number') return false
  const { rows } = await client.query(serverSql.postgres.process)
  return Number(rows[0]?.pid) !== told
}

/** Milliseconds. */
const longestEcho = 1_000

/**
 * Does a notification reach the client that listens? In transaction mode a pooler accepts LISTEN, and gives what comes of it to no client: no error tells.
 *
 * @param pool another connection of which notifies
 */
export async function hearsItself(
  client: PoolClient,
  pool: Pick<Pool, 'query'>,
  channel: string,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const hear = () => resolve(true)
  const timer = setTimeout(resolve, longestEcho, false)
  client.on('notification', hear)
  pool.query(`notify ${channel}`).catch(reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    client.off('notification', hear)
  }
}
