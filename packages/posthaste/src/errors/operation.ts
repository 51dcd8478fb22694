/** What can be wrong with finding, steering and delivering. */
export const operationErrors = {
  PH_FILTER_INVALID: {
    message: 'The filter cannot be used',
    remedy: 'Give every key a value, and { all: true } if you mean every mail. Nothing was changed.',
  },
  PH_NOT_FOUND: {
    message: 'There is no mail of this id',
    remedy: 'Check the id; mails are deleted when their retention ends.',
  },
  PH_BODY_GONE: {
    message: 'The content of this mail is no longer stored',
    remedy:
      'Bodies are kept for a shorter time than the record: raise `retention.bodies` to resend older mail.',
  },
  PH_SENSITIVE: {
    message: 'This mail is sensitive: its content is shown only when asked by name',
    remedy: 'Say `content(id, { sensitive: true })` where it is meant to be seen.',
  },
  PH_TIMEOUT: {
    message: 'The mail has no outcome yet',
    remedy: 'It stays queued; ask again later, or see why it waits with `posthaste show ID`.',
  },
  PH_WORKER_STATE: {
    message: 'The worker cannot do that now',
    remedy: 'A worker is started once and stopped once; make a new one.',
  },
  PH_CLOSED: {
    message: 'The queue is closed',
    remedy: 'close() was called: make a new queue, or close later.',
  },
} as const
