/** What can be wrong with configuration and options. */
export const configurationErrors = {
  PH_CONFIG: {
    message: 'The configuration is not valid',
    remedy:
      'Correct the named option; node_modules/posthaste/docs/reference/options.md lists every option with its type and default.',
  },
  PH_CONFIG_FILE: {
    message: 'The file with the configuration cannot be used',
    remedy:
      'Mend what it says of the file, which has to export what createMailQueue() gives, as default or as `mail`; `npx posthaste init` writes one.',
  },
  PH_PROJECT: {
    message: 'init cannot use this folder',
    remedy:
      "Call it in your app's own folder, where its package.json is (`npm init -y` makes one), with the right to write there; what is there already is never changed.",
  },
  PH_OPTION_UNKNOWN: {
    message: 'This option does not exist',
    remedy: 'Check its spelling; node_modules/posthaste/docs/reference/options.md lists every option.',
  },
  PH_OPTION_INVALID: {
    message: 'An option has a value that it cannot take',
    remedy:
      'Correct it: durations are milliseconds or text such as "20m", instants are a Date or ISO 8601 with an offset.',
  },
  PH_STREAM_UNKNOWN: {
    message: 'There is no stream of this name',
    remedy: 'Add it under `streams` in the configuration, or correct the name.',
  },
  PH_TRANSPORT_UNKNOWN: {
    message: 'There is no transport of this name',
    remedy: 'Add it under `transports` in the configuration, or correct the name.',
  },
  PH_NESTED_QUEUE: {
    message: 'A queue delivers into itself',
    remedy: "A transport that delivers may not be the queue's own transport(): name a real mail server.",
  },
  PH_APP_FUNCTION: {
    message: 'A function that the app gave has failed',
    remedy: 'See the cause: the function threw it. Nothing was stored.',
  },
} as const
