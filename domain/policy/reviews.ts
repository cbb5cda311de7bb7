/** Who decides exceptions, until when, and what happens when nobody does. */
import {
  type Decider,
  type ReassignTerms,
  type ReviewKind,
  type ReviewTerms,
  type ReviewTimeout,
  type Target,
} from '../policy.js'
import type { Path } from '../yaml.js'
import { compileCondition } from './conditions.js'
import { readDecider, readTarget, type Setting } from './references.js'
import type { PolicyShape } from './shape.js'

type ReviewsShape = PolicyShape['reviews']
type TermsShape = NonNullable<ReviewsShape[ReviewKind]>
type TimeoutShape = NonNullable<TermsShape['onTimeout']>

/** Half a morning: long enough to be read between two meetings, short enough to be decided today. */
const usualWithinMs = 2 * 60 * 60 * 1000

/**
 * How a kind of review may end when nobody decides. What belongs to nobody yet is assigned; only what lacks the data to
 * be worked on, or comes from nowhere known, may be rejected unseen, where a policy says so; a review beside an
 * ownership leaves it or moves it.
 */
const ends: Record<ReviewKind, readonly ReviewTimeout['kind'][]> = {
  'missing-critical': ['assign', 'reject'],
  'ambiguous-rule': ['assign'],
  'possible-duplicate': ['keepSeparate'],
  'undeclared-source': ['assign', 'reject'],
  'nobody-available': ['assign'],
  'high-value': ['keepOwner', 'assign'],
  'ownership-claimed': ['keepOwner', 'assign'],
  'policy-exception': ['assign', 'reject'],
}

/** Nobody owns it yet, so that nobody can keep it. */
const endsOfHeld: readonly ReviewTimeout['kind'][] = ['assign', 'reject']

/** Of a lead that somebody owns: its owner's manager can decide, and the owner can stay. */
const besideAnOwner: readonly ReviewKind[] = ['high-value', 'ownership-claimed']

/** `fallback`: where what nobody decided goes, unless the document says otherwise. */
export function compileReviews(
  reviews: ReviewsShape | undefined,
  fallback: Target,
  setting: Setting,
): Record<ReviewKind, ReviewTerms> {
  const byDefault = defaultsOf(reviews, setting)
  const terms = (kind: ReviewKind) => compileTerms(kind, reviews?.[kind], byDefault, fallback, setting)
  return {
    'missing-critical': terms('missing-critical'),
    'ambiguous-rule': terms('ambiguous-rule'),
    'possible-duplicate': terms('possible-duplicate'),
    'undeclared-source': terms('undeclared-source'),
    'nobody-available': terms('nobody-available'),
    'high-value': terms('high-value'),
    'ownership-claimed': terms('ownership-claimed'),
    'policy-exception': terms('policy-exception'),
  }
}

/** Without a word about it an owner's request is asked of their manager, and then of whoever decides reviews. */
export function compileReassign(
  reassign: PolicyShape['reassign'],
  reviews: ReviewsShape | undefined,
  setting: Setting,
): ReassignTerms {
  const path = ['reassign']
  const byDefault = defaultsOf(reviews, { ...setting, report: () => {} })
  if (reassign !== undefined && Object.keys(reassign.reasons).length === 0) {
    setting.report({ path: [...path, 'reasons'], message: 'expected at least one reason', value: undefined })
  }
  return {
    reasons: reassign?.reasons ?? { other: 'ask' },
    decides:
      reassign?.decides === undefined
        ? { kind: 'managerOfOwner' }
        : readDecider(reassign.decides, [...path, 'decides'], setting),
    backup:
      reassign?.backup === undefined
        ? byDefault.backup
        : readDecider(reassign.backup, [...path, 'backup'], setting),
    withinMs: reassign?.within ?? byDefault.withinMs,
    coolDownMs: reassign?.coolDown ?? 0,
  }
}

type Defaults = { decides: Decider; backup: Decider; withinMs: number }

function defaultsOf(reviews: ReviewsShape | undefined, setting: Setting): Defaults {
  if (reviews === undefined) {
    return {
      decides: { kind: 'managerOfOwner' },
      backup: { kind: 'managerOfOwner' },
      withinMs: usualWithinMs,
    }
  }
  const decides = readLasting(reviews.decides, ['reviews', 'decides'], setting)
  const backup =
    reviews.backup === undefined ? decides : readLasting(reviews.backup, ['reviews', 'backup'], setting)
  return { decides, backup, withinMs: reviews.within ?? usualWithinMs }
}

function compileTerms(
  kind: ReviewKind,
  terms: TermsShape | undefined,
  byDefault: Defaults,
  fallback: Target,
  setting: Setting,
): ReviewTerms {
  const path = ['reviews', kind]
  const hold = kind === 'high-value' && terms?.mode === 'hold'
  const isOfNobodys = hold || kind === 'policy-exception'
  if (terms?.mode !== undefined && kind !== 'high-value') {
    const message = 'only high-value says whether the owner waits'
    setting.report({ path: [...path, 'mode'], at: 'key', message, value: terms.mode })
  }
  const read = besideAnOwner.includes(kind) && !isOfNobodys ? readDecider : readLasting
  const usual = kind === 'ownership-claimed' ? ({ kind: 'managerOfOwner' } as const) : byDefault.decides
  return {
    when: compileWhen(kind, terms, path, setting),
    ...(hold ? { hold } : {}),
    decides: terms?.decides === undefined ? usual : read(terms.decides, [...path, 'decides'], setting),
    backup: terms?.backup === undefined ? byDefault.backup : read(terms.backup, [...path, 'backup'], setting),
    withinMs: terms?.within ?? byDefault.withinMs,
    onTimeout: compileTimeout(
      { kind, isOfNobodys },
      terms?.onTimeout,
      fallback,
      [...path, 'onTimeout'],
      setting,
    ),
  }
}

/** Most reviews are about a lead that nobody owns yet, so that nobody's manager could decide them. */
function readLasting(text: string, path: Path, setting: Setting): Decider {
  const decider = readDecider(text, path, setting)
  if (text === 'manager of owner') {
    setting.report({ path, message: 'the lead may have no owner yet: name a person or a role', value: text })
  }
  return decider
}

function compileWhen(
  kind: ReviewKind,
  terms: TermsShape | undefined,
  path: Path,
  setting: Setting,
): ReviewTerms['when'] {
  const { report, references } = setting
  if (terms === undefined) return null
  if (kind === 'high-value' || kind === 'policy-exception') {
    if (terms.when === undefined) {
      report({
        path,
        at: 'key',
        message: 'missing: when, such as when: { score: ">= 90" }',
        value: undefined,
      })
      return null
    }
    return compileCondition(terms.when, [...path, 'when'], { stage: 'rule', names: references, report })
  }
  if (terms.when !== undefined) {
    const message = 'only high-value and policy-exception say when; the others open where a question comes up'
    report({ path: [...path, 'when'], at: 'key', message, value: undefined })
  }
  return null
}

function compileTimeout(
  { kind, isOfNobodys }: { kind: ReviewKind; isOfNobodys: boolean },
  timeout: TimeoutShape | undefined,
  fallback: Target,
  path: Path,
  setting: Setting,
): ReviewTimeout {
  if (timeout === undefined) return usualEnd(kind, isOfNobodys, fallback)
  const compiled = readTimeout(timeout, path, setting)
  const possible = isOfNobodys ? endsOfHeld : ends[kind]
  if (!possible.includes(compiled.kind)) {
    const allowed = possible.map(end => endWords[end])
    setting.report({
      path,
      message: `${/^[aou]/.test(kind) ? 'an' : 'a'} ${kind} review cannot end so`,
      value: endWords[compiled.kind],
      allowed,
    })
  }
  return compiled
}

function usualEnd(kind: ReviewKind, isOfNobodys: boolean, fallback: Target): ReviewTimeout {
  if (kind === 'possible-duplicate') return { kind: 'keepSeparate' }
  return besideAnOwner.includes(kind) && !isOfNobodys
    ? { kind: 'keepOwner' }
    : { kind: 'assign', target: fallback }
}

const endWords = {
  assign: '{ assign: .. }',
  keepSeparate: 'keep separate',
  keepOwner: 'keep owner',
  reject: 'reject',
} as const

function readTimeout(timeout: TimeoutShape, path: Path, setting: Setting): ReviewTimeout {
  if (typeof timeout !== 'string') {
    return { kind: 'assign', target: readTarget(timeout.assign, [...path, 'assign'], setting) }
  }
  const ends = { 'keep separate': 'keepSeparate', 'keep owner': 'keepOwner', reject: 'reject' } as const
  return { kind: ends[timeout] }
}
