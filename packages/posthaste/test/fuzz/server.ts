import { type AddressInfo, createServer, type Socket } from 'node:net'
import { commandOf, type SmtpStep } from '../support/smtp/script.ts'
import { type Answer, anyAnswer, ordinary } from './answers.ts'
import { diceOf } from './dice.ts'
import type { Behaviour } from './functions.ts'
import { isWicked } from './post.ts'
import { aside } from './ticks.ts'

export interface WickedServer {
  readonly url: string
  /** So many connections more are wicked before any mail is spoken of, whoever they are for. */
  sick: number
  close(): Promise<void>
}

export interface Nature {
  readonly name: string
  readonly behaviour: Behaviour
  /** Others use it, too: it is silent only where the client waits no longer than a moment, and says nothing later. */
  readonly shared: boolean
}

/** An SMTP server that answers anything, at any length, at any step, to wicked mail, and does right by others. */
export async function startWickedServer(nature: Nature): Promise<WickedServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  const state = { sick: 0 }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const isSick = state.sick > 0
    if (isSick) state.sick--
    converse(socket, { ...nature, isSick, number: connections++ })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get sick() {
      return state.sick
    },
    set sick(count) {
      state.sick = count
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Conversation extends Nature {
  readonly isSick: boolean
  readonly number: number
}

const bodyEnd = '\r\n.\r\n'

function converse(socket: Socket, { name, behaviour, shared, isSick, number }: Conversation): void {
  const dice = diceOf(behaviour.seed, name, number)
  let [buffered, reading, wicked, over] = ['', false, isSick, false]
  let to: string[] = []
  const say = (step: SmtpStep, line = '') => {
    const answer = wicked && dice.chance(0.35) ? anyAnswer(dice, step, shared) : ordinary(step, line)
    const said = perform(socket, answer)
    over = answer.fate !== 'go on'
    return said
  }
  const obey = (line: string) => {
    const { step, address } = commandOf(line)
    if (step === 'MAIL') [wicked, to] = [isWicked(address), []]
    const said = say(step, line)
    if (step === 'RCPT' && said.startsWith('2')) to.push(address)
    reading = step === 'DATA' && /^[23]/.test(said)
    if (reading) buffered = `\r\n${buffered}`
    if (step === 'QUIT') socket.end()
  }
  const take = () => {
    const end = buffered.indexOf(bodyEnd)
    if (end < 0) return false
    buffered = buffered.slice(end + bodyEnd.length)
    reading = false
    if (!wicked) for (const address of to) behaviour.arrived(address)
    say('dot')
    to = []
    return true
  }
  const takeLine = () => {
    const end = buffered.indexOf('\r\n')
    if (end < 0) return false
    const line = buffered.slice(0, end)
    buffered = buffered.slice(end + 2)
    obey(line)
    return true
  }
  const hear = (chunk: Buffer) => {
    if (over) return
    buffered += chunk.toString('latin1')
    while (!over && (reading ? take() : takeLine())) {}
  }
  socket.on('data', (chunk) => aside(() => hear(chunk)))
  aside(() => say('greeting'))
}

/** Gives what was said, as far as it is one text. */
function perform(socket: Socket, { bytes, fate }: Answer): string {
  if (bytes.length > 0) socket.write(bytes)
  if (fate === 'close') socket.end()
  if (fate === 'reset') socket.resetAndDestroy()
  return Buffer.from(bytes.subarray(0, 100)).toString('latin1')
}
