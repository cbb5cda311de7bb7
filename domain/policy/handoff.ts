/** From whom to whom a lead is handed, with what, and what happens when nobody answers. */
import { repId } from '../ids.js'
import type { HandoffTerms, Target } from '../policy.js'
import { reportRepeats } from './problems.js'
import { readSla, readTarget, type Setting } from './references.js'
import type { PolicyShape } from './shape.js'

export function compileHandoff(handoff: NonNullable<PolicyShape['handoff']>, setting: Setting): HandoffTerms {
  const { from, to, required = [], notes, accept, sla, assign, onTimeout } = handoff
  reportRepeats(required, index => ['handoff', 'required', index], setting.report)
  return {
    fromRole: from,
    toRole: to,
    required,
    notesAtLeast: notes === undefined ? 0 : Number(/\d+/.exec(notes)?.[0]),
    acceptWithinMs: accept,
    sla: readSla(sla, ['handoff'], setting),
    assign: assign === undefined ? null : readReceiver(assign, setting),
    onTimeout: onTimeout ?? 'back',
  }
}

/** A manager is no receiver: what nobody answers goes up to one. */
function readReceiver(assign: string, setting: Setting): Target {
  const path = ['handoff', 'assign']
  if (assign === 'account owner' || repId.safeParse(assign).success) return readTarget(assign, path, setting)
  const allowed = ['account owner', ...setting.references.pools]
  setting.report({ path, message: 'expected a pool, a person or account owner', value: assign, allowed })
  return { kind: 'accountOwner' }
}
