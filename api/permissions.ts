/** Who may call what, in one place (R45). Which leads someone sees is `scopeOf`; who owns or decides, the lead says. */
import { createMiddleware } from 'hono/factory'
import type { Role } from '../db/access.js'
import type { LeadScope } from '../db/lead-scope.js'
import type { ApiEnv, Caller } from './auth.js'
import { Problem } from './problem.js'

const permissions = {
  submitLeads: ['administrator', 'intake'],
  /** How a lead stands. */
  readLeads: ['administrator', 'operations', 'manager', 'rep', 'intake', 'auditor'],
  /** Timelines and decision records. */
  readRecords: ['administrator', 'operations', 'manager', 'rep', 'auditor'],
  /** Acknowledge, touch, ask for reassignment, hand over, close. */
  workLeads: ['administrator', 'manager', 'rep'],
  /** Of a rep: whoever owned the lead when it ended. */
  reopenLeads: ['administrator', 'operations', 'manager', 'rep'],
  splitLeads: ['administrator', 'operations', 'manager'],
  eraseLeads: ['administrator', 'operations'],
  readReviews: ['administrator', 'operations', 'manager', 'rep', 'auditor'],
  /** A rep can be whom the policy names to decide; the lead refuses everyone else. */
  decide: ['administrator', 'operations', 'manager', 'rep'],
  readRoster: ['administrator', 'operations', 'manager', 'rep', 'auditor'],
  /** A rep: their own. */
  askForLeave: ['administrator', 'operations', 'manager', 'rep'],
  /** Approve, refuse and change. */
  manageLeave: ['administrator', 'operations', 'manager'],
  /** A rep: only its own. */
  readMessages: ['administrator', 'operations', 'manager', 'rep', 'auditor'],
  /** A rep: single leads, for itself. */
  watchLeads: ['administrator', 'operations', 'manager', 'rep'],
  readPolicy: ['administrator', 'operations', 'manager', 'rep', 'auditor'],
  /** With leads as examples, in their own words. */
  previewLetters: ['administrator', 'operations'],
  /** Drafts, publishing, rolling back. */
  changePolicy: ['administrator', 'operations'],
  /** In a role that the policy asks: whether the person has it, the roster says. */
  signOffPolicy: ['administrator', 'operations', 'manager', 'rep'],
} as const satisfies Record<string, readonly Role[]>
export type Permission = keyof typeof permissions

export function may(caller: Caller, permission: Permission): boolean {
  return permissions[permission].some(role => role === caller.role)
}

/** Lets a route be called only by the roles that have the permission. */
export function needs(permission: Permission) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    if (!may(c.var.caller, permission)) throw new Problem(403, 'forbidden')
    await next()
  })
}

/** Which leads the caller sees; everything else does not exist for it. */
export function scopeOf(caller: Caller): LeadScope {
  switch (caller.role) {
    case 'intake':
      return { kind: 'submittedBy', name: caller.id }
    case 'rep':
      return { kind: 'rep', rep: caller.rep }
    default:
      return { kind: 'all' }
  }
}
