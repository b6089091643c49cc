import { z } from 'zod'
import { isNetwork } from './network.ts'
import { profileNameProblem } from './profile-name.ts'

/** Devices, by their addresses, whose client profile is known. */
export const clientSchema = z.strictObject({
  addresses: z
    .array(z.string().refine(isNetwork, 'an address or a network like 10.1.0.0/16 is needed'))
    .min(1)
    .max(1000)
    .describe('Addresses or networks (`10.1.0.0/16`) of the devices.'),
  profile: z
    .string()
    .superRefine((name, context) => {
      const message = profileNameProblem(name)
      if (message !== undefined) context.addIssue(message)
    })
    .describe('Their client profile, see holds.md.'),
})
