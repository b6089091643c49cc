import { type InnerSettings, settingsOf } from './setting.ts'
import { hex } from './value-codec.ts'

/** Vendor-specific (43): the number of the vendor, then what the vendor defines, as `Generic`. */
export const vendorSpecific: InnerSettings = {
  form: 'settings',
  first: 'VendorId',
  settings: settingsOf([[8, 'VendorId', 'C.1.1.18.2', hex({ min: 3, max: 3 })]]),
}
