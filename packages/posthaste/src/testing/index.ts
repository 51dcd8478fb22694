export { fakeQueue } from './fake-queue.ts'
export { OutboxError } from './find-in-mail.ts'
export { Outbox, type OutboxFilter, type OutboxOptions, outbox } from './outbox.ts'
export type { OutboxAttachment, OutboxMail } from './outbox-mail.ts'
