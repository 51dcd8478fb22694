import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import pg from 'pg'

interface Query {
  readonly query: string
  readonly params: readonly unknown[]
}

export interface HttpDatabase {
  readonly url: string
  close(): Promise<void>
}

/** Answers as Neon's HTTP endpoint does, from a PostgreSQL of ours: one query, or several in one transaction. */
export async function startNeonHttp(database: string): Promise<HttpDatabase> {
  const pool = new pg.Pool({ connectionString: database })
  const server = createServer(async (request, response) => {
    const [status, answer] = await answerTo(pool, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await pool.end()
    },
  }
}

async function answerTo(pool: pg.Pool, request: IncomingMessage): Promise<[number, unknown]> {
  const body = (await json(request)) as Query | { queries: readonly Query[] }
  const client = await pool.connect()
  try {
    if (!('queries' in body)) return [200, await run(client, body)]
    await client.query('begin')
    const results: unknown[] = []
    for (const query of body.queries) results.push(await run(client, query))
    await client.query('commit')
    return [200, { results }]
  } catch (error) {
    await client.query('rollback')
    const { message, code } = error as pg.DatabaseError
    return [400, { message, code }]
  } finally {
    client.release()
  }
}

/** Values go as the server writes them: the driver reads them by their type. */
async function run(client: pg.PoolClient, { query, params }: Query): Promise<unknown> {
  const asText = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig
  const { fields, rows, rowCount, command } = await client.query({
    text: query,
    values: [...params],
    rowMode: 'array',
    types: asText,
  })
  return {
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rows,
    rowCount,
    command,
    rowAsArray: true,
  }
}
