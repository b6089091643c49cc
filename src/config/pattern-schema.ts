import { z } from 'zod'
import { compilePattern, PatternError } from '../routing/pattern.ts'

/** A pattern of names, as routes have them: what is wrong with it is said in its own words. */
export const patternSchema = z.string().superRefine((text, context) => {
  try {
    compilePattern(text)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    context.addIssue(error.message)
  }
})
