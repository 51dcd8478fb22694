import type { Pool, PoolClient } from 'pg'
import type { Listening } from './database.ts'
import { hearsItself, isBehindPooler } from './pooler.ts'

const firstPause = 250
const longestPause = 15_000

/** Holds one connection that listens, takes a new one whenever it is lost, and wakes after each, for a notification may have been missed. */
export async function keepListening(
  pool: Pick<Pool, 'connect' | 'query'>,
  channel: string,
  wake: () => void,
): Promise<Listening> {
  const ended = new AbortController()
  let client: PoolClient | undefined
  let pause = firstPause
  let isHeard = true

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
    const listening = await listen(fresh, pool, channel).catch(lost)
    if (listening === undefined || client !== fresh) return
    isHeard = listening
    if (!isHeard) return release()
    pause = firstPause
    wake()
  }

  const release = () => {
    const last = client
    client = undefined
    last?.removeAllListeners('notification')
    last?.release(true)
  }

  await connect()
  return {
    get isHeard() {
      return isHeard
    },
    end: async () => {
      ended.abort()
      release()
    },
  }
}

/** Tells whether notifications come; a connection on which none does need not be held. */
async function listen(client: PoolClient, pool: Pick<Pool, 'query'>, channel: string): Promise<boolean> {
  await client.query(`listen ${channel}`)
  if (!(await isBehindPooler(client)) || (await hearsItself(client, pool, channel))) return true
  await client.query(`unlisten ${channel}`)
  return false
}
