import { type Report, usualLease } from './run.ts'

export function wentWrong({ findings }: Report): boolean {
  const { lost, phantom, unflagged, outOfPolicy } = findings
  return [lost, phantom, unflagged, outOfPolicy].some((list) => list.length > 0)
}

/** The table, and what to say to have the same dice again. */
export function print(report: Report): void {
  const { kind, findings: f, deeds, faults, rescues, errors, takenOver } = report
  const rows: [string, string | number][] = [
    ['processes killed', deeds.kills],
    ['of them workers with mail under way', takenOver.deaths],
    ['mails taken over from workers', takenOver.mails],
    ['workers stopped and resumed', deeds.stops],
    ['workers told to stop', deeds.terms],
    ['connections ended', deeds.connections],
    ['database restarts', deeds.restarts],
    ['SMTP faults', faults],
    ['mails committed', f.committed],
    ['delivered', f.delivered],
    ['refused by the server', f.refused],
    ['held in doubt, as they asked', f.held],
    ['LOST', f.lost.length],
    ['PHANTOM (rolled back, yet delivered)', f.phantom.length],
    ['second copies UNFLAGGED', f.unflagged.length],
    ['OUT OF POLICY', f.outOfPolicy.length],
    ['second copies flagged', `${f.flagged} (${(f.flagged / Math.max(1, deeds.kills)).toFixed(2)} a kill)`],
    ['flagged, and no second copy', f.doubts],
    ['rescue after a kill, p50 / p99', `${quantile(rescues, 0.5)} / ${quantile(rescues, 0.99)} ms`],
  ]
  console.log(`\n${kind}, ${report.seconds.toFixed(0)} s: ${callOf(report)}`)
  for (const [name, value] of rows) console.log(`  ${name.padEnd(40)} ${value}`)
  for (const name of ['lost', 'phantom', 'unflagged', 'outOfPolicy'] as const)
    for (const one of f[name].slice(0, 20)) console.log(`  ${name}: ${one}`)
  for (const [error, count] of [...errors].sort((a, b) => b[1] - a[1]).slice(0, 8))
    console.log(`  a worker said ${count}×: ${error.slice(0, 160)}`)
}

/** What of all runs together must be nothing. */
export function printSum(reports: readonly Report[]): void {
  const sum = (count: (report: Report) => number) => reports.reduce((total, one) => total + count(one), 0)
  const [lost, phantom] = [
    sum(({ findings }) => findings.lost.length),
    sum(({ findings }) => findings.phantom.length),
  ]
  const unflagged = sum(({ findings }) => findings.unflagged.length)
  const outOfPolicy = sum(({ findings }) => findings.outOfPolicy.length)
  const kills = sum(({ deeds }) => deeds.kills)
  console.log(
    `\ntogether: ${kills} killed, ${sum(({ findings }) => findings.committed)} mails committed; lost ${lost}, phantom ${phantom}, ` +
      `unflagged ${unflagged}, out of policy ${outOfPolicy}`,
  )
}

function callOf({ seed, kind, kills, minutes, lease, rollbackJournal }: Report): string {
  const much = [
    ...(Number.isFinite(kills) ? [`--kills ${kills}`] : []),
    ...(Number.isFinite(minutes) ? [`--minutes ${minutes}`] : []),
    ...(lease === usualLease ? [] : [`--lease ${lease}`]),
    ...(rollbackJournal ? ['--rollback-journal'] : []),
  ]
  return `--seed ${seed} --database ${kind} ${much.join(' ')}`
}

function quantile(times: readonly number[], part: number): string {
  const sorted = [...times].sort((a, b) => a - b)
  const time = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  return time === undefined ? '–' : time.toFixed(0)
}
