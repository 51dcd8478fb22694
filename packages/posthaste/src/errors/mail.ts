/** What can be wrong with a mail and its content. */
export const mailErrors = {
  PH_MAIL_INVALID: {
    message: 'The mail is not valid',
    remedy: 'Correct the named field. Nothing was stored.',
  },
  PH_ADDRESS_INVALID: {
    message: 'An address does not parse',
    remedy: "Use 'name@example.com', 'Name <name@example.com>' or { name, address }. Nothing was stored.",
  },
  PH_NO_RECIPIENTS: {
    message: 'The mail has no recipient',
    remedy: 'Give at least one address in to, cc, bcc or envelope.to. Nothing was stored.',
  },
  PH_HEADER_INJECTION: {
    message: 'A value that becomes a header holds a line break or a NUL',
    remedy: 'Remove it; if it came from user input, a user may be trying to add headers. Nothing was stored.',
  },
  PH_NOT_STORABLE: {
    message: 'The mail holds something that cannot be stored',
    remedy:
      'Functions, symbols and class instances cannot be queued: pass plain data, or set it on the transport that delivers. Nothing was stored.',
  },
  PH_SECRET_IN_MAIL: {
    message: 'The mail holds a secret',
    remedy:
      'Keys and passwords (dkim, auth) are never stored: set them on the transport that delivers. Nothing was stored.',
  },
  PH_OPTION_IN_MAIL: {
    message: 'An option of Posthaste stands inside the mail',
    remedy:
      'Pass it beside the mail, in the options (with sendMail: under the key `posthaste`). Nothing was stored.',
  },
  PH_PATH_REFUSED: {
    message: 'A file outside the allowed folders was named',
    remedy: 'List its folder under `attachments.roots`, or pass the content itself. Nothing was stored.',
  },
  PH_URL_REFUSED: {
    message: 'A URL was named that may not be fetched',
    remedy:
      'List its host under `attachments.hosts`, or fetch it yourself and pass the content. Nothing was stored.',
  },
  PH_CONTENT_UNREADABLE: {
    message: 'A file, URL or stream of the mail could not be read',
    remedy:
      'See the cause. A stream can be read once only, and must end within `attachments.streamTimeout`. Nothing was stored.',
  },
  PH_CONTENT_TOO_LARGE: {
    message: 'The mail is larger than the limit',
    remedy:
      'Send less, or raise `attachments.maxSize` (your mail server has a limit too). Nothing was stored.',
  },
  PH_CONTENT_MISSING: {
    message: 'Stored content that the mail refers to is not there',
    remedy: 'It was never put, or it was purged: call attachments.put() again and use the new reference.',
  },
  PH_IDEMPOTENCY_CONFLICT: {
    message: 'The idempotency key was used for a mail to other recipients, or of other content',
    remedy:
      "Use another key, or `replaces` to cancel the first mail and take over its key; other content alone is no conflict without `onConflict: 'refuse'`. Nothing was stored.",
  },
  PH_SUPERSEDED: {
    message: 'Another mail holds the idempotency key of this one',
    remedy: 'The named mail stands in its place; resend() makes a new mail without a key.',
  },
  PH_ITEMS_FAILED: {
    message: 'The items of enqueueMany() failed before their end',
    remedy:
      'See the cause: the iterator threw it, or gave no item within `attachments.streamTimeout`. The first `stored` mails are stored: go on behind them, or give each an idempotency key and call again.',
  },
  PH_BATCH_INVALID: {
    message: 'Some mails of the batch are not valid',
    remedy:
      "See `errors` ({ index, code, message }): correct them, or pass onInvalid: 'skip'. Nothing of their chunk was stored.",
  },
} as const
