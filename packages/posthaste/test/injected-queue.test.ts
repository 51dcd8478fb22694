import 'reflect-metadata'
import { Inject, Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { expect, expectTypeOf, test } from 'vitest'
import { createMailQueue, MailQueue } from '../src/index.ts'
import { outbox } from '../src/testing/index.ts'

class Orders {
  readonly mail: MailQueue
  constructor(mail: MailQueue) {
    this.mail = mail
  }

  place(email: string) {
    return this.mail.enqueue({ to: email, subject: 'Your order', text: 'Thank you!' })
  }
}
// What `@Injectable() class Orders { constructor(private readonly mail: MailQueue) {} }` is compiled to.
Injectable()(Orders)
Inject(MailQueue)(Orders, undefined, 0)

class App {}

test('NestJS injects a queue by its class', async () => {
  const mail = createMailQueue({ database: 'sqlite::memory:', defaults: { from: 'shop@example.com' } })
  await mail.migrate()
  const queue = { provide: MailQueue, useFactory: () => mail }
  Module({ providers: [queue, Orders] })(App)
  const app = await NestFactory.createApplicationContext(App, { logger: false })
  await app.get(Orders).place('ada@example.com')
  expect((await outbox(mail).only({ to: 'ada@example.com' })).subject).toBe('Your order')
  expect(app.get(MailQueue)).toBe(mail)
  await app.close()
  await mail.close()
})

test('a class of the app may extend it, and calls it with a configuration', async () => {
  class ShopMail extends MailQueue {
    constructor() {
      super({ database: 'sqlite::memory:', defaults: { from: 'shop@example.com' } })
    }
  }
  await using mail = new ShopMail()
  await mail.migrate()
  const { id } = await mail.enqueue({ to: 'ada@example.com', subject: 'Hello', text: 'Hello' })
  expect(await mail.get(id)).toMatchObject({ sender: 'shop@example.com', state: 'queued' })
})

test('a queue with streams of its own goes where any queue is wanted', () => {
  const mail = createMailQueue({ database: 'sqlite::memory:', streams: { newsletter: {} } })
  expectTypeOf(mail).toExtend<MailQueue>()
  expectTypeOf(mail).toEqualTypeOf<MailQueue<'newsletter' | 'default'>>()
  expect(mail).toBeInstanceOf(MailQueue)
})
