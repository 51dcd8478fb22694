import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosDatabase } from './database.ts'
import type { Member } from './herd.ts'
import { between, oneOf } from './random.ts'

/** What was done to them. */
export interface Deeds {
  kills: number
  stops: number
  terms: number
  connections: number
  restarts: number
}

export interface Scene {
  readonly workers: readonly Member[]
  readonly enqueuers: readonly Member[]
  readonly database: ChaosDatabase
  readonly random: () => number
  /** Is told which worker's process was killed. */
  readonly killed: (pid: number) => void
}

export interface Enough {
  readonly kills: number
  readonly minutes: number
}

/** Does harm until there has been enough of it, or the time has come. */
export async function wreak(scene: Scene, { kills, minutes }: Enough): Promise<Deeds> {
  const deeds: Deeds = { kills: 0, stops: 0, terms: 0, connections: 0, restarts: 0 }
  const end = performance.now() + minutes * 60_000
  let restarting: Promise<void> | undefined
  // Nobody waits for the database to be back: it is then that the others are harmed too.
  const restart = () => {
    restarting ??= scene.database
      .restart?.()
      .then(
        () => void deeds.restarts++,
        () => {},
      )
      .finally(() => {
        restarting = undefined
      })
  }
  while (deeds.kills < kills && performance.now() < end) {
    await sleep(between(scene.random, 50, 500))
    await harm(scene, deeds, restart).catch(() => {})
  }
  await restarting
  for (const member of [...scene.workers, ...scene.enqueuers]) member.signal('SIGCONT')
  return deeds
}

async function harm(scene: Scene, deeds: Deeds, restart: () => void): Promise<void> {
  const { workers, enqueuers, database, random } = scene
  const dice = random()
  const worker = oneOf(random, workers.filter(isAtWork))
  const enqueuer = oneOf(random, enqueuers.filter(isAtWork))
  if (!worker || !enqueuer) return
  if (dice < 0.6) kill(worker, scene, deeds)
  else if (dice < 0.68) stop(worker, between(random, 300, 6_000), deeds)
  else if (dice < 0.75) deeds.terms += worker.signal('SIGTERM') ? 1 : 0
  else if (dice < 0.92) deeds.kills += enqueuer.signal('SIGKILL') ? 1 : 0
  else if (dice < 0.985) deeds.connections += (await database.killConnections?.()) ?? 0
  else restart()
}

/** Who has not begun yet has nothing to lose. */
function isAtWork(member: Member): boolean {
  return member.isAtWork()
}

function kill(worker: Member, { killed }: Scene, deeds: Deeds): void {
  if (!worker.signal('SIGKILL')) return
  deeds.kills++
  killed(worker.pid())
}

/** Past its lease, often: when it is resumed others have its mail. */
function stop(worker: Member, ms: number, deeds: Deeds): void {
  if (worker.isStopped() || !worker.signal('SIGSTOP')) return
  deeds.stops++
  setTimeout(() => worker.signal('SIGCONT'), ms)
}
