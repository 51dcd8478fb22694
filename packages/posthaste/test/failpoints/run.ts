import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FreshDatabase } from '../support/databases.ts'
import { until } from '../support/wait.ts'
import type { Build } from './build.ts'
import type { Hit } from './failpoint.ts'
import { type Judgement, judge } from './judge.ts'
import { scenarios } from './scenarios.ts'
import { openScene, type Scene } from './scene.ts'
import type { Task } from './worker-process.ts'

export interface Asked {
  readonly build: Build
  readonly database: FreshDatabase
  /** @default all */
  readonly only?: readonly string[] | undefined
  /** Which of the hits found are to be died at. @default all */
  readonly choose?: (found: readonly Found[]) => readonly Found[]
}

/** A hit, and the scenario in which it was found. */
export interface Found extends Hit {
  readonly scenario: string
}

export interface Report {
  readonly found: readonly Found[]
  /** Where a worker died. */
  readonly killed: readonly Found[]
  /** Where one should have died, and came by otherwise than when the hits were found. */
  readonly missed: readonly Found[]
  readonly judgement: Judgement
}

/** Processes at once: as many as the machine that the tests are made for has processors. */
const atOnce = 2
/** A worker asks for each stream by itself: with many it would be slow. */
const batch = 50
/** Without a mail that ends for so many milliseconds, what is left counts as lost. */
const patience = 30_000
/** Milliseconds after which a worker that neither dies nor finishes is told to stop. */
const hung = 20_000
const options = { lease: '1s', pollInterval: '100ms', concurrency: 1, maxRescues: 10 } as const

/** Finds the hits, has a worker die at each, lets others take over until nothing is left to do, and compares the books. */
export async function run({ build, database, only, choose = (found) => found }: Asked): Promise<Report> {
  const scene = await openScene(database)
  const stage: Stage = { build, scene, streams: [], cases: 0 }
  try {
    const found: Found[] = []
    for (const name of only ?? Object.keys(scenarios)) found.push(...(await discover(stage, name)))
    const chosen = choose(found)
    const missed = await killAtEach(stage, await killAtEach(stage, chosen))
    const killed = chosen.filter((one) => !missed.includes(one))
    return { found, killed, missed, judgement: await judge(scene) }
  } finally {
    await scene.close()
  }
}

interface Stage {
  readonly build: Build
  readonly scene: Scene
  /** Whose mail nobody has taken over yet. */
  readonly streams: string[]
  cases: number
}

async function discover(stage: Stage, scenario: string): Promise<Found[]> {
  const log = join(stage.build.dir, `${scenario}.json`)
  const ended = await work(stage, scenario, { log })
  if (ended !== 0) throw new Error(`a worker that nobody killed ended with ${ended}`)
  const hits = JSON.parse(await readFile(log, 'utf8')) as Hit[]
  return hits.map((hit) => ({ ...hit, scenario }))
}

/** In batches, after each of which others take over. Gives those at which nobody died. */
async function killAtEach(stage: Stage, hits: readonly Found[]): Promise<Found[]> {
  const missed: Found[] = []
  for (let at = 0; at < hits.length; at += batch) {
    missed.push(...(await killBatch(stage, hits.slice(at, at + batch))))
    await takeOver(stage)
  }
  return missed
}

async function killBatch(stage: Stage, hits: readonly Found[]): Promise<Found[]> {
  const missed: Found[] = []
  const kill = async (hit: Found) => {
    const ended = await work(stage, hit.scenario, { victim: hit.key })
    if (ended !== 'SIGKILL') missed.push(hit)
  }
  const [beside, alone] = [false, true].map((orphan) =>
    hits.filter(({ scenario }) => (scenarios[scenario]?.orphan ?? false) === orphan),
  )
  await inParallel(atOnce, beside ?? [], kill)
  // Who rescues takes over from everybody who has died: one at a time.
  await inParallel(1, alone ?? [], kill)
  return missed
}

async function inParallel<T>(
  many: number,
  all: readonly T[],
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = [...all]
  const next = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: many }, next))
}

/** One worker, from its start to its end; gives how it ended. */
async function work(
  stage: Stage,
  name: string,
  more: Pick<Task, 'log' | 'victim'>,
): Promise<number | string> {
  const { build, scene, streams } = stage
  const scenario = scenarios[name]
  if (!scenario) throw new Error(`no scenario ${name}`)
  const stream = `${name}-${stage.cases++}`
  streams.push(stream)
  await scene.set(stream, scenario)
  const finals = scenario.mails.length + (scenario.orphan ? 1 : 0)
  const config = scene.config([stream])
  const task: Task = {
    config,
    options: { ...options, streams: [stream], housekeeping: scenario.housekeeping ?? false },
    finals,
    ...more,
  }
  const { child, ended } = begin(build, task)
  const late = setTimeout(() => child.kill('SIGTERM'), hung)
  return ended.finally(() => clearTimeout(late))
}

function begin({ program, dir }: Build, task: Task) {
  const args = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(task)]
  const env = { ...process.env, NODE_COMPILE_CACHE: join(dir, 'cache') }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  return { child, ended }
}

/** The heirs run the same build: how they take over is under test as well. */
async function takeOver({ build, scene, streams: all }: Stage): Promise<void> {
  const streams = all.splice(0)
  const config = scene.config(streams)
  const heirs = [0, 1].map((number) => {
    const mine = streams.filter((_, index) => index % 2 === number)
    return begin(build, { config, options: { ...options, streams: mine }, finals: 0 })
  })
  for (let [left, before] = [await unfinished(scene), -1]; left > 0 && left !== before; ) {
    before = left
    const goesOn = async () => (await unfinished(scene)) !== before
    await until(goesOn, { timeout: patience }).catch(() => {})
    left = await unfinished(scene)
  }
  for (const { child } of heirs) child.kill('SIGTERM')
  await Promise.all(heirs.map(({ ended }) => ended))
}

async function unfinished({ mail }: Scene): Promise<number> {
  const { states } = await mail.stats()
  return states.queued + states.sending
}
