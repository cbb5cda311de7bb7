/** A small company that works around the clock, so that a test's hours are plain hours. */
export const people = `
calendars:
  always: { zone: UTC, hours: 24/7 }
teams:
  south: { name: South, manager: mara }
people:
  ana:  { name: Ana Ruiz, email: ana@leadline.test, role: sdr, team: south, calendar: always }
  ben:  { name: Ben Okafor, email: ben@leadline.test, role: sdr, team: south, calendar: always }
  cleo: { name: Cleo Marsh, email: cleo@leadline.test, role: sdr, team: south, calendar: always }
  dora: { name: Dora Lind, email: dora@leadline.test, role: ae, team: south, calendar: always }
  mara: { name: Mara Voss, email: mara@leadline.test, role: manager, team: south, calendar: always }
  oskar: { name: Oskar Blom, email: oskar@leadline.test, role: sales-ops, team: south, calendar: always }
`

export const policy = `
policy: Test desk
zone: UTC
sla: normal
sources:
  contact-form: { campaign: general, required: [email], form: true }
  demo-form: { campaign: general, critical: [country], form: true }
companies:
  known.example: { industry: logistics, employees: 5000, country: GB }
qualify:
  disqualified: { emailDomain: disposable }
pools:
  sdr: { turns: { ana: 1, ben: 1, cleo: 1 } }
  anyone: { turns: everyone with role sdr }
rules:
  - { id: for-ana, when: { product: for-ana }, assign: ana, backup: sdr }
  - { id: big, when: { employees: ">= 1000" }, assign: dora }
otherwise: anyone
reviews:
  decides: role sales-ops
  backup: mara
  within: 1h
  missing-critical: { onTimeout: { assign: anyone } }
  possible-duplicate: { onTimeout: keep separate }
slas:
  normal:
    clock: business hours of owner
    acknowledge: 30m
    firstTouch: 2h
    steps:
      - { at: 50%, do: remind owner }
      - { at: 100%, do: tell manager }
      - { at: 100% + 30m, do: re-route }
    reRoutes: { most: 1, then: manager of owner }
templates:
  thanks: { subject: "Thank you {{firstName}}", text: "We have your message about {{product}}." }
campaigns:
  general: { notify: full, acknowledge: { by: email, template: thanks } }
handoff: { from: sdr, to: ae, required: [budget], notes: at least 10 characters, accept: 4h, sla: normal }
reassign: { reasons: { conflict-of-interest: approve, capacity: ask }, decides: mara, within: 2h }
`
