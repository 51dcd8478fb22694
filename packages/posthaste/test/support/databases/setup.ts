import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import type { ServerKind } from './kinds.ts'
import type { DatabaseServer } from './server.ts'
import { starters } from './start.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Ask `GET <broker>/postgres`, `/mariadb` or `/mysql`: the server is started when it is first wanted. */
    databaseBroker: string
  }
}

/** What the broker answers: where the server is, or why there is none. */
export type Whereabouts = { url: string } | { reason: string }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = new Map<string, Promise<DatabaseServer>>()
  const broker = createServer(async (request, response) => {
    // A server that is fetched first takes longer than fetch waits for an answer in silence.
    const still = setInterval(() => response.write(' '), 10_000)
    const answer = await whereabouts(servers, request.url?.slice(1) ?? '')
    clearInterval(still)
    response.end(JSON.stringify(answer))
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
  if (!(name in starters)) return { reason: `no such database: ${name}` }
  const server = servers.get(name) ?? starters[name as ServerKind]()
  servers.set(name, server)
  return server.then(
    ({ url }) => ({ url }),
    (error: unknown) => ({ reason: String(error) }),
  )
}
