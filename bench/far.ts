import { connect, createServer, type Socket } from 'node:net'

// Stands before a database server, in a process of its own, and makes each round trip longer: what the client says waits, the answer does not.
const { ms, port } = JSON.parse(process.argv[2] ?? '{}') as { ms: number; port: number }

const server = createServer((client) => {
  const database = connect(port, '127.0.0.1')
  for (const socket of [client, database]) socket.setNoDelay(true)
  delayed(client, database)
  database.pipe(client)
  client.on('error', () => database.destroy())
  database.on('error', () => client.destroy())
})

/** In order: each piece leaves `ms` after it came. */
function delayed(from: Socket, to: Socket): void {
  const after = (leave: () => void) => setTimeout(leave, ms)
  from.on('data', (bytes) => after(() => to.writable && to.write(bytes)))
  from.on('end', () => after(() => to.end()))
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
process.on('disconnect', () => process.exit(0))
