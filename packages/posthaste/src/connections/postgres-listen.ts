import type { Pool, PoolClient } from 'pg'

const firstPause = 250
const longestPause = 15_000

/** Holds one connection that listens, takes a new one whenever it is lost, and wakes after each, for a notification may have been missed. */
export async function keepListening(
  pool: Pick<Pool, 'connect'>,
  channel: string,
  wake: () => void,
): Promise<() => Promise<void>> {
  const ended = new AbortController()
  let client: PoolClient | undefined
  let pause = firstPause

  const again = () => {
    if (!ended.signal.aborted) setTimeout(connect, pause).unref()
    pause = Math.min(longestPause, pause * 2)
  }

  const connect = async () => {
    if (ended.signal.aborted) return
    const fresh = await pool.connect().catch(again)
    if (!fresh) return
    if (ended.signal.aborted) return fresh.release(true)
    client = fresh
    // An end is told more than once: as an error, as another, and by the statement that was waiting.
    const lost = () => {
      if (client !== fresh) return
      client = undefined
      fresh.release(true)
      again()
    }
    fresh.on('notification', wake)
    fresh.on('error', lost)
    const listening = await fresh.query(`listen ${channel}`).then(() => true, lost)
    if (!listening) return
    pause = firstPause
    wake()
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
