import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import type { DatabaseServer } from './server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Ask `GET <broker>/postgres` or `/mariadb`: the server is started when it is first wanted. */
    databaseBroker: string
  }
}

/** What the broker answers: where the server is, or why there is none. */
export type Whereabouts = { url: string } | { reason: string }

const starters: Record<string, () => Promise<DatabaseServer>> = {
  postgres: startPostgres,
  mariadb: startMariadb,
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = new Map<string, Promise<DatabaseServer>>()
  const broker = createServer(async (request, response) => {
    response.end(JSON.stringify(await whereabouts(servers, request.url?.slice(1) ?? '')))
  })
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve))
  project.provide('databaseBroker', `http://127.0.0.1:${(broker.address() as AddressInfo).port}`)

  return async () => {
    broker.close()
    broker.closeAllConnections()
    const started = await Promise.allSettled(servers.values())
    await Promise.all(
      started.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)),
    )
  }
}

async function whereabouts(
  servers: Map<string, Promise<DatabaseServer>>,
  name: string,
): Promise<Whereabouts> {
  const start = starters[name]
  if (!start) return { reason: `no such database: ${name}` }
  const server = servers.get(name) ?? start()
  servers.set(name, server)
  return server.then(
    ({ url }) => ({ url }),
    (error: unknown) => ({ reason: String(error) }),
  )
}
