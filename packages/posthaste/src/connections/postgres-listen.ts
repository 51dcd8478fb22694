import type { PoolClient } from 'pg'
import type { PgPool } from './postgres.ts'

const firstPause = 250
const longestPause = 15_000

/** Holds one connection that listens, takes a new one whenever it is lost, and wakes after each, for a notification may have been missed. */
export async function keepListening(
  pool: PgPool,
  channel: string,
  wake: () => void,
): Promise<() => Promise<void>> {
  const ended = new AbortController()
  let client: PoolClient | undefined
  let pause = firstPause

  const lost = () => {
    client?.release(true)
    client = undefined
    if (!ended.signal.aborted) setTimeout(connect, pause).unref()
    pause = Math.min(longestPause, pause * 2)
  }

  const connect = async () => {
    if (ended.signal.aborted) return
    try {
      const fresh = await pool.connect()
      client = fresh
      fresh.on('notification', wake)
      fresh.once('error', lost)
      await fresh.query(`listen ${channel}`)
      pause = firstPause
      wake()
    } catch {
      lost()
    }
  }

  await connect()
  return async () => {
    ended.abort()
    const last = client
    client = undefined
    last?.removeAllListeners('notification')
    last?.release(true)
  }
}
