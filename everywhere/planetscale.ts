import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type Connection, createConnection } from 'mysql2/promise'
import type { HttpDatabase } from './neon.ts'

interface Execute {
  readonly query: string
  readonly session: { readonly id: string } | null
}

/** Answers as PlanetScale's HTTP endpoint does, from a MariaDB of ours: a session is a connection, and rows are not asked for. */
export async function startPlanetscaleHttp(database: string): Promise<HttpDatabase> {
  const sessions = new Map<string, Connection>()
  const server = createServer(async (request, response) => {
    const { query, session } = (await json(request)) as Execute
    const id = session?.id ?? randomUUID()
    const connection = sessions.get(id) ?? (await createConnection(database))
    sessions.set(id, connection)
    const answer = await connection.query(query).then(
      () => ({ result: {} }),
      (error: Error) => ({ error: { message: error.message, code: 'UNKNOWN' } }),
    )
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...answer, session: { id } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://user:word@127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await Promise.all([...sessions.values()].map((connection) => connection.end()))
    },
  }
}
