import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type DripStep = 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'dot' | 'RSET'

export interface Dripping {
  readonly port: number
  readonly url: string
  /** How often it was asked for what it answers so slowly. */
  readonly asked: number
  /** Mails that it took. */
  readonly taken: number
}

/** A server that answers one step a byte at a time, without an end: to what comes over the connections that `drips` names, or to all. */
export async function startDripping(
  at: DripStep,
  {
    drips = () => true,
    refuses = () => false,
  }: { drips?: (line: string) => boolean; refuses?: (line: string) => boolean } = {},
): Promise<Dripping> {
  const counts = { asked: 0, taken: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const answer = (step: string, line: string, reply: string) => {
      if (step === at && drips(line)) {
        counts.asked++
        drip(socket)
      } else socket.write(`${reply}\r\n`)
    }
    converse(socket, { answer, refuses, taken: () => counts.taken++ })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    get asked() {
      return counts.asked
    },
    get taken() {
      return counts.taken
    },
  }
}

interface Talking {
  answer(step: string, line: string, reply: string): void
  refuses(line: string): boolean
  taken(): void
}

function converse(socket: Socket, { answer, refuses, taken }: Talking): void {
  let [text, inBody] = ['', false]
  answer('greeting', '', '220 slow.example.com')
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    for (;;) {
      const end = inBody ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n')
      if (end < 0) return
      const line = text.slice(0, end)
      text = text.slice(end + (inBody ? 5 : 2))
      if (inBody) taken()
      const step = inBody ? 'dot' : (line.split(' ')[0] ?? '').toUpperCase()
      inBody = step === 'DATA'
      answer(step, line, refuses(line) ? '550 5.1.1 No such user' : inBody ? '354 Go on' : '250 2.0.0 Ok')
    }
  })
}

/** Each byte comes well within any timeout of silence. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('2'), 20)
  socket.once('close', () => clearInterval(timer))
}
