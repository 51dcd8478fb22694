import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { cost } from './measures/cost.ts'
import { depth } from './measures/depth.ts'
import { drain } from './measures/drain.ts'
import { enqueue } from './measures/enqueue.ts'
import { fleet } from './measures/fleet.ts'
import { latency } from './measures/latency.ts'
import { memory } from './measures/memory.ts'
import { peers } from './measures/peers.ts'
import { trouble } from './measures/trouble.ts'
import { type Line, losses, machine, print } from './report.ts'
import { type Servers, type Sink, servers, startSink } from './support.ts'

/** What a measure works with. */
export interface Bench {
  readonly sink: Sink
  readonly servers: Servers
  /** How often everything is measured; medians are reported. */
  readonly rounds: number
  readonly mails: number
  /** A smoke run: as little of everything as shows that it works. */
  readonly quick: boolean
  /** Minutes where seconds would do for a first look. */
  readonly long: boolean
}

const measures: Record<string, (bench: Bench) => Promise<Line[]>> = {
  drain,
  enqueue,
  latency,
  cost,
  depth,
  fleet,
  memory,
  trouble,
  peers,
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    trouble: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
    'round-trip': { type: 'string', default: '0' },
    json: { type: 'string' },
  },
})
/** Not in the table that everybody wants, and minutes more. */
const extra = ['trouble', 'peers']
const wanted = [
  ...(values.only?.split(',') ?? Object.keys(measures).filter((name) => !extra.includes(name))),
  ...(values.trouble || values.quick ? ['trouble'] : []),
  ...(values.peers ? ['peers'] : []),
]
const bench: Bench = {
  sink: await startSink(),
  servers: servers(Number(values['round-trip'])),
  rounds: values.quick ? 1 : 3,
  mails: values.quick ? 100 : 4_000,
  quick: values.quick,
  long: values.long,
}
const lines: Line[] = []
try {
  for (const [name, measure] of Object.entries(measures)) {
    if (!wanted.includes(name)) continue
    const began = performance.now()
    const measured = (await measure(bench)).map((line) => ({ measure: name, ...line }))
    measured.forEach(print)
    lines.push(...measured)
    console.log(`  ${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`)
  }
  const lost = losses(lines)
  console.log(
    values.quick
      ? '\nA smoke run: it shows that the measures work, and judges nothing.'
      : `\nWhere we lose: ${lost.length === 0 ? 'nowhere in this run' : `\n  ${lost.join('\n  ')}`}`,
  )
  if (values.json)
    await writeFile(
      values.json,
      `${JSON.stringify({ machine: machine(), bench: { rounds: bench.rounds, mails: bench.mails }, lines }, null, 2)}\n`,
    )
} finally {
  bench.sink.close()
  await bench.servers.stop()
}
