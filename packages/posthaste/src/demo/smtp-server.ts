import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Counted, type Manners, talkOver } from './smtp-talk.ts'

export interface DemoSmtp extends Counted {
  readonly port: number
  /** Hangs up on everyone; the port refuses until `start`. */
  stop(): Promise<void>
  /** Listens again, on the port that it had. */
  start(): Promise<void>
}

/** A small SMTP server on the loopback that counts. */
export async function startSmtp(manners: Manners): Promise<DemoSmtp> {
  const counted: Counted = { accepted: [], refused: [], unanswered: [] }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
    talkOver(socket, manners, counted)
  })
  const port = await listen(server, 0)
  return {
    ...counted,
    port,
    start: async () => void (await listen(server, port)),
    stop: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
