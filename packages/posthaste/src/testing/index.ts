export { fakeQueue } from './fake-queue.ts'
export { Outbox, type OutboxFilter, type OutboxOptions, outbox } from './outbox.ts'
export { OutboxError } from './outbox-error.ts'
export type { OutboxAttachment, OutboxMail } from './outbox-mail.ts'
