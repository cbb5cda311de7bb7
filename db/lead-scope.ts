import { assertNever, type RepId } from '../domain/ids.js'
import { sql } from './sql.js'

/** Which leads someone may see (R45). */
export type LeadScope =
  | { kind: 'all' }
  /** What this key sent in. */
  | { kind: 'submittedBy'; name: string }
  /** What this person owns or owned, or has or had to decide, take over or give away, or may or might accept. */
  | { kind: 'rep'; rep: RepId }

/** A condition on the lead `l`. */
export function inScope(scope: LeadScope) {
  switch (scope.kind) {
    case 'all':
      return sql`true`
    case 'submittedBy':
      return sql`exists (select from submissions s where s.lead_id = l.id and s.submitted_by = ${scope.name})`
    case 'rep':
      return sql`(
        l.owner = ${scope.rep}
        or exists (select from assignments a where a.lead_id = l.id and a.owner = ${scope.rep})
        or exists (select from reviews r where r.lead_id = l.id and ${scope.rep} in (r.decides, r.backup))
        or exists (select from reassignment_requests q where q.lead_id = l.id
                   and ${scope.rep} in (q.requested_by, q.decides, q.backup))
        or exists (select from handoffs h where h.lead_id = l.id and ${scope.rep} in (h.from_rep, h.to_rep))
        or exists (select from events e where e.lead_id = l.id and e.kind = 'queued'
                   and e.data->'members' ? ${scope.rep}))`
    default:
      return assertNever(scope)
  }
}
