export { lead } from './lead.js'
