export { lead } from './lead.js'
export { leave } from './leave.js'
