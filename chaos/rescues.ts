import { setTimeout as sleep } from 'node:timers/promises'
import type { MailQueue } from '../packages/posthaste/src/index.ts'

export interface Rescues {
  /** The worker of this process was killed just now. */
  killed(pid: number): void
  /** Milliseconds from each death until others had taken over what the dead one held. */
  end(): Promise<number[]>
}

const every = 50

/** Looks at the list of workers all the time: whoever has been rescued is no longer on it. */
export function watchRescues(mail: MailQueue): Rescues {
  const died = new Map<number, number>()
  const times: number[] = []
  let listed = new Set<number>()
  let over = false
  const look = async () => {
    listed = await pids(mail).catch(() => listed)
    for (const [pid, at] of died) {
      if (listed.has(pid)) continue
      died.delete(pid)
      times.push(performance.now() - at)
    }
  }
  const looking = (async () => {
    for (; !over; await sleep(every)) await look()
    await look()
  })()
  return {
    // Not on the list: it had lost its lease before, or had not been seen yet.
    killed: (pid) => void (listed.has(pid) && died.set(pid, performance.now())),
    end: async () => {
      over = true
      await looking
      return times
    },
  }
}

async function pids(mail: MailQueue): Promise<Set<number>> {
  const { workers } = await mail.health()
  return new Set(workers.map(({ name }) => Number(name.split(':').at(-1))))
}
