import { setTimeout as sleep } from 'node:timers/promises'
import type { MailQueue } from '../packages/posthaste/src/index.ts'

export interface Rescues {
  /** The worker of this process was killed just now. */
  killed(pid: number): void
  /** Every process that was killed. */
  readonly dead: ReadonlySet<number>
  /** Milliseconds from each death until others had taken over what the dead one held. */
  end(): Promise<number[]>
}

const every = 100

/** Looks at the list of workers all the time: whoever has been rescued is no longer on it. */
export function watchRescues(mail: MailQueue): Rescues {
  const died = new Map<number, number>()
  const dead = new Set<number>()
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
    dead,
    killed: (pid) => {
      dead.add(pid)
      // Not on the list: it had lost its lease before, or had not been seen yet.
      if (listed.has(pid)) died.set(pid, performance.now())
    },
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
