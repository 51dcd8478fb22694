import { type Command, Option } from 'commander'
import { count, gather } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import { usingQueue } from '../using-queue.ts'
import { runOnce, type WorkFlags } from '../work/run-once.ts'
import { runWorker } from '../work/run-worker.ts'

export function work(program: Command): void {
  defineCommand(program, 'work', {
    does: 'Deliver mail until told to stop: the first SIGTERM, SIGINT or SIGHUP finishes what is under way, the second leaves at once',
    examples: [
      'posthaste work --migrate --http :9464',
      'posthaste work --stream newsletter --concurrency 4',
      'posthaste work --once --max 500',
    ],
  })
    .option('--concurrency <n>', 'mails under way at once, for each transport (default: 10)', count)
    .option('--stream <name>', 'only mail of this stream; may be repeated', gather)
    .option('--migrate', 'create or upgrade the tables first')
    .addOption(
      new Option(
        '--http <address>',
        'serve /live, /ready, /health and /metrics here: :9464 on this machine only, 0.0.0.0:9464 for all',
      ).conflicts('once'),
    )
    .option('--verbose', 'name every mail that was sent, as on a terminal')
    .option('--once', 'one pass over what is due, then exit')
    .option('--max <n>', 'with --once: at most so many mails', count)
    .option('--max-deferred <n>', 'with --once: stop when so many were deferred', count)
    .option('--max-ms <n>', 'with --once: begin nothing more after so many milliseconds', count)
    .action(
      usingQueue<WorkFlags>(async (call) => {
        if (call.options.migrate) await call.queue.migrate()
        return call.options.once ? runOnce(call) : runWorker(call)
      }),
    )
}
