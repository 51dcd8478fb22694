// The little of each peer that the bench calls, so that its types are checked where the peers are not installed.

declare module 'graphile-worker' {
  type Mail = import('nodemailer').SendMailOptions
  export class Logger {
    constructor(factory: () => (level: string, message: string) => void)
  }
  export function makeWorkerUtils(options: { connectionString: string; logger: Logger }): Promise<{
    migrate(): Promise<void>
    addJobs(jobs: { identifier: string; payload: Mail }[]): Promise<unknown>
    release(): Promise<void>
  }>
  export function runOnce(options: {
    logger: Logger
    noHandleSignals: boolean
    taskList: Record<string, (payload: Mail) => Promise<void>>
    preset: {
      worker: {
        connectionString: string
        concurrentJobs: number
        maxPoolSize: number
        localQueue?: { size: number }
        completeJobBatchDelay?: number
        failJobBatchDelay?: number
      }
    }
  }): Promise<void>
}

declare module 'pg-boss' {
  type Mail = import('nodemailer').SendMailOptions
  export class PgBoss {
    constructor(options: { connectionString: string; schedule: boolean })
    on(event: 'error', listener: (error: Error) => void): this
    start(): Promise<this>
    createQueue(name: string): Promise<void>
    insert(name: string, jobs: { data: Mail }[]): Promise<unknown>
    fetch(name: string, options: { batchSize: number }): Promise<{ id: string; data: Mail }[]>
    complete(name: string, ids: string[]): Promise<unknown>
    stop(options: { graceful: boolean }): Promise<void>
  }
}

declare module 'bullmq' {
  type Mail = import('nodemailer').SendMailOptions
  interface Connection {
    host: string
    port: number
  }
  export class Queue {
    constructor(name: string, options: { connection: Connection })
    addBulk(jobs: { name: string; data: Mail; opts: { removeOnComplete: boolean } }[]): Promise<unknown>
    obliterate(options: { force: boolean }): Promise<void>
    close(): Promise<void>
  }
  export class Worker {
    constructor(
      name: string,
      processor: (job: { data: Mail }) => Promise<unknown>,
      options: { connection: Connection; concurrency: number; autorun: boolean },
    )
    on(event: 'completed', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
    on(event: 'failed', listener: (job: unknown, error: Error) => void): this
    waitUntilReady(): Promise<unknown>
    run(): Promise<void>
    close(): Promise<void>
  }
}
