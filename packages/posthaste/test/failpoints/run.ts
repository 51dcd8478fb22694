import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/wait.ts'
import type { Build } from './build.ts'
import type { Hit, Signal } from './failpoint.ts'
import { type Judgement, judge } from './judge.ts'
import { scenarios } from './scenarios.ts'
import { openScene, type Scene } from './scene.ts'
import type { Task } from './worker-process.ts'

export interface Asked {
  readonly build: Build
  readonly database: { readonly url: string }
  /** @default all */
  readonly only?: readonly string[] | undefined
  /** At which of the hits found a worker is struck. @default all */
  readonly choose?: (found: readonly Found[]) => readonly Found[]
  /** What it is struck by: one that is stopped is resumed when others have done its work. @default 'SIGKILL' */
  readonly signal?: Signal
}

/** A hit, and the scenario in which it was found. */
export interface Found extends Hit {
  readonly scenario: string
}

export interface Report {
  readonly found: readonly Found[]
  /** Where a worker was killed, or stopped. */
  readonly struck: readonly Found[]
  /** Where one should have been, and came by otherwise than when the hits were found. */
  readonly missed: readonly Found[]
  /** Where one was stopped and resumed at once, for it stood within a write of SQLite. */
  readonly resumed: readonly Found[]
  /** Streams with mail that nobody could take over before those who had been stopped were resumed. */
  readonly waited: readonly string[]
  readonly judgement: Judgement
}

/** Processes at once: as many as the machine that the tests are made for has processors. */
const atOnce = 2
/** A worker asks for each stream by itself: with many it would be slow. Who is stopped keeps his connections. */
const batch = { SIGKILL: 50, SIGSTOP: 10 }
/** Without a mail that ends for so many milliseconds, what is left counts as lost. */
const patience = 30_000
/** Milliseconds after which a worker that neither dies nor finishes is told to stop. */
const hung = 20_000
const options = { lease: '1s', pollInterval: '100ms', concurrency: 1, maxRescues: 10 } as const

/** Finds the hits, has a worker struck at each, lets others take over until nothing is left to do, and compares the books. */
export async function run(asked: Asked): Promise<Report> {
  const { build, only, choose = (found) => found, signal = 'SIGKILL' } = asked
  const scene = await openScene(asked.database)
  const stage: Stage = { build, scene, signal, streams: [], stopped: [], resumed: [], waited: [], cases: 0 }
  try {
    const found: Found[] = []
    for (const name of only ?? Object.keys(scenarios)) found.push(...(await discover(stage, name)))
    const chosen = choose(found)
    const missed = await strikeAtEach(stage, await strikeAtEach(stage, chosen))
    const { resumed } = stage
    const struck = chosen.filter((one) => !missed.includes(one) && !resumed.includes(one))
    return { found, struck, missed, resumed, waited: stage.waited, judgement: await judge(scene) }
  } finally {
    for (const one of stage.stopped) tell(one, 'SIGKILL')
    await scene.close()
  }
}

interface Stage {
  readonly build: Build
  readonly scene: Scene
  readonly signal: Signal
  /** Whose mail nobody has taken over yet. */
  readonly streams: string[]
  /** Who is still to be resumed. */
  readonly stopped: Begun[]
  readonly resumed: Found[]
  readonly waited: string[]
  cases: number
}

async function discover(stage: Stage, scenario: string): Promise<Found[]> {
  const log = join(stage.build.dir, `${scenario}.json`)
  const ended = await work(stage, scenario, { log })
  if (ended !== 0) throw new Error(`a worker that nobody killed ended with ${ended}`)
  const hits = JSON.parse(await readFile(log, 'utf8')) as Hit[]
  return hits.map((hit) => ({ ...hit, scenario }))
}

/** In batches, after each of which others take over. Gives those at which nobody was struck. */
async function strikeAtEach(stage: Stage, hits: readonly Found[]): Promise<Found[]> {
  const missed: Found[] = []
  const size = batch[stage.signal]
  for (let at = 0; at < hits.length; at += size) {
    missed.push(...(await strikeBatch(stage, hits.slice(at, at + size))))
    await takeOver(stage)
  }
  return missed
}

async function strikeBatch(stage: Stage, hits: readonly Found[]): Promise<Found[]> {
  const missed: Found[] = []
  const { signal } = stage
  const strike = async (hit: Found) => {
    const ended = await work(stage, hit.scenario, { victim: hit.key, signal })
    if (ended === 'SIGCONT') stage.resumed.push(hit)
    else if (ended !== signal) missed.push(hit)
  }
  const [beside, alone] = [false, true].map((orphan) =>
    hits.filter(({ scenario }) => (scenarios[scenario]?.orphan ?? false) === orphan),
  )
  await inParallel(atOnce, beside ?? [], strike)
  // Who rescues takes over from everybody who was struck: one at a time.
  await inParallel(1, alone ?? [], strike)
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

/** One worker, from its start until it ends or stands still; gives how. */
async function work(
  stage: Stage,
  name: string,
  more: Pick<Task, 'log' | 'victim' | 'signal'>,
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
  const begun = begin(build, task)
  const late = setTimeout(() => tell(begun, 'SIGCONT', 'SIGTERM'), hung)
  const how = await (more.signal === 'SIGSTOP' ? standing(stage, begun) : begun.ended)
  clearTimeout(late)
  return how
}

/** On SQLite nobody can go on while it stands within a write: then it goes on itself. */
async function standing({ scene, stopped }: Stage, begun: Begun): Promise<number | string> {
  const how = await Promise.race([begun.ended, begun.reached])
  if (how !== 'SIGSTOP') return how
  if (scene.mayBeWritten()) {
    stopped.push(begun)
    return how
  }
  // Again and again, for it says that it has come before it stands.
  const resuming = setInterval(() => tell(begun, 'SIGCONT'), 20)
  await begun.ended.finally(() => clearInterval(resuming))
  return 'SIGCONT'
}

function tell({ child }: Begun, ...signals: readonly NodeJS.Signals[]): void {
  for (const signal of signals) child.kill(signal)
}

interface Begun {
  readonly child: ChildProcess
  readonly ended: Promise<number | string>
  readonly reached: Promise<Signal>
}

function begin({ program, dir }: Build, task: Task): Begun {
  const args = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(task)]
  const env = { ...process.env, NODE_COMPILE_CACHE: join(dir, 'cache') }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const reached = once(child.stdout, 'data').then(() => 'SIGSTOP' as const)
  return { child, ended, reached }
}

/** The heirs run the same build: how they take over is under test as well, and that they get along with those who are resumed. */
async function takeOver(stage: Stage): Promise<void> {
  const { build, scene } = stage
  const streams = stage.streams.splice(0)
  const config = scene.config(streams)
  const shares = [0, 1].map((number) => streams.filter((_, index) => index % 2 === number))
  const heirs = shares
    .filter((mine) => mine.length > 0)
    .map((mine) => begin(build, { config, options: { ...options, streams: mine }, finals: 0 }))
  await untilNothingMoves(scene)
  if (stage.stopped.length > 0) await resume(stage)
  await end(heirs)
}

/** What waits until now waits for them. */
async function resume({ scene, stopped, waited }: Stage): Promise<void> {
  const { items } = await scene.mail.find({ state: ['queued', 'sending'] })
  waited.push(...new Set(items.map(({ stream }) => stream)))
  const resumed = stopped.splice(0)
  for (const one of resumed) tell(one, 'SIGCONT')
  await end(resumed)
  await untilNothingMoves(scene)
}

async function end(workers: readonly Begun[]): Promise<void> {
  for (const one of workers) tell(one, 'SIGTERM')
  await Promise.all(workers.map(({ ended }) => ended))
}

async function untilNothingMoves(scene: Scene): Promise<void> {
  for (let [left, before] = [await unfinished(scene), -1]; left > 0 && left !== before; ) {
    before = left
    const goesOn = async () => (await unfinished(scene)) !== before
    await until(goesOn, { timeout: patience }).catch(() => {})
    left = await unfinished(scene)
  }
}

async function unfinished({ mail }: Scene): Promise<number> {
  const { states } = await mail.stats()
  return states.queued + states.sending
}
