// NestJS with TypeORM, whose transaction an interceptor carries in AsyncLocalStorage, on PostgreSQL
import 'reflect-metadata'
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createMailQueue } from 'posthaste'
import { from, lastValueFrom } from 'rxjs'
import { DataSource, type EntityManager, EntitySchema } from 'typeorm'

const Orders = new EntitySchema<{ id: number; email: string; total: number }>({
  name: 'orders',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    email: { type: 'text' },
    total: { type: 'int' },
  },
})

const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop'
const db = new DataSource({ type: 'postgres', url, entities: [Orders] })
await db.initialize()

/** The transaction of the request, as @Transactional() of typeorm-transactional or nestjs-cls carry it. */
const request = new AsyncLocalStorage<EntityManager>()
const mail = createMailQueue({
  database: url,
  ambientTransaction: () => request.getStore(), // all that ties the two together
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await db.synchronize()

class TransactionInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return from(db.transaction((manager) => request.run(manager, () => lastValueFrom(next.handle()))))
  }
}

class OrdersService {
  async place(email: string, total: number) {
    await request.getStore()?.insert(Orders, { email, total })
    await mail.enqueue({ to: email, subject: 'Your order', text: 'Thank you!' }) // no handle: it joins the request's transaction
    if (total > 1000) throw new Error('the card was declined')
  }
}

class OrdersController {
  readonly #orders: OrdersService
  constructor(orders: OrdersService) {
    this.#orders = orders
  }

  async place(email: string, total: string) {
    await this.#orders.place(email, Number(total))
    return 'placed'
  }
}

class App {}

// What decorators do, written out, for Node runs TypeScript without them: @Injectable() class OrdersService { … }
const place = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'place') ?? {}
Injectable()(OrdersService)
Inject(OrdersService)(OrdersController, undefined, 0)
Controller('orders')(OrdersController)
Post()(OrdersController.prototype, 'place', place)
UseInterceptors(TransactionInterceptor)(OrdersController.prototype, 'place', place)
Query('email')(OrdersController.prototype, 'place', 0)
Query('total')(OrdersController.prototype, 'place', 1)
Module({ controllers: [OrdersController], providers: [OrdersService] })(App)

const app = await NestFactory.create(App, { logger: false })
await app.listen(Number(process.env.PORT ?? 0), '127.0.0.1')

for (const query of ['email=ada@example.com&total=30', 'email=eve@example.com&total=3000']) {
  const { status } = await fetch(`${await app.getUrl()}/orders?${query}`, { method: 'POST' })
  console.log(status)
}

const orders = await db.getRepository(Orders).find()
console.log(
  'Orders:',
  orders.map(({ email }) => email),
)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await app.close()
await mail.close()
await db.destroy()

/* It prints:
201
500
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
