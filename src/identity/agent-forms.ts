/** How one vendor's devices name themselves in the HTTP User-Agent. */
export interface AgentForm {
  readonly vendor: string
  /** Groups: `model`, `firmware`, `mac`, `serial`, as far as the form has them. */
  readonly form: RegExp
}

/** With or without separators; what is no MAC after all is left out. */
const MAC = '(?<mac>[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5})'

/**
 * One row a form, the first that fits counts. From the requests of real devices as the open
 * provisioning systems record them: the vendors' plugins of wazo-provd-plugins (`common.py`),
 * FusionPBX (`app/provision/index.php`); Cisco multiplatform phones from their provisioning guide.
 */
export const agentForms: readonly AgentForm[] = [
  // Aastra6731i MAC:00-08-5D-23-74-29 V:3.2.0.70-SIP
  {
    vendor: 'Mitel',
    form: form(`^(?:Aastra|Mitel)(?<model>\\w+) MAC:${MAC} V:(?<firmware>[\\d.]+)`),
  },
  // ALE M3-CE 2.11.01.1604 3c28a620089e
  { vendor: 'Alcatel-Lucent', form: form(`^ALE (?<model>\\S+) (?<firmware>[\\d.]+) ${MAC}`) },
  // AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)
  {
    vendor: 'AudioCodes',
    form: form(`^AUDC-IPPhone/(?<firmware>\\S+) \\((?<model>[^;)]+); ?${MAC}\\)`),
  },
  // Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/J179-4.1.3.0.6 (MAC:c81fea83e85a)
  {
    vendor: 'Avaya',
    form: form(`\\bAVAYA/(?<model>\\w+)-(?<firmware>[\\d.]+) \\(MAC:${MAC}\\)`),
  },
  // Cisco-CP-7832-3PCC/11.0.1 (00562b043615)
  { vendor: 'Cisco', form: form(`^Cisco-(?<model>[\\w-]+)/(?<firmware>\\S+) \\(${MAC}\\)`) },
  // Cisco/SPA501G-7.4.4 (8843E157DDCC)(CBT141100HR), Cisco/SPA525G-7.4.4 (CBT141900G7)
  {
    vendor: 'Cisco',
    form: form(`^Cisco/(?<model>\\w+)-(?<firmware>\\S+) (?:\\(${MAC}\\))?\\((?<serial>\\w+)\\)`),
  },
  // Linksys/SPA-942-6.1.5(a) (88019FA42805)
  {
    vendor: 'Linksys',
    form: form('^Linksys/(?<model>[\\w-]+)-(?<firmware>[^\\s-]+) \\((?<serial>\\w+)\\)'),
  },
  // Fanvil X6U Pro 0.0.10 0c383e2cd782
  {
    vendor: 'Fanvil',
    form: form(`^Fanvil (?<model>\\S+(?: Pro)?) (?<firmware>[\\d.]+) ${MAC}`),
  },
  // Flyingvoice FIP13G V0.6.24 00:21:F2:22:AE:F1
  {
    vendor: 'Flyingvoice',
    form: form(`^Flyingvoice (?<model>\\S+) V?(?<firmware>[\\d.]+) ${MAC}`),
  },
  // N510 IP PRO/42.245.00.000.000;7C2F804DF9A9
  {
    vendor: 'Gigaset',
    form: form(`^(?:Gigaset )?(?<model>N\\d{3}[^/]*)/(?<firmware>[^;\\s]+)(?:;${MAC})?`),
  },
  // Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10
  {
    vendor: 'Grandstream',
    form: form(
      `^Grandstream Model HW (?<model>\\w+)(?: +V\\S+)? SW (?<firmware>\\S+) DevId ${MAC}`,
    ),
  },
  // Htek UC903 2.0.4.2 00:1f:c1:1c:22:a9
  { vendor: 'Htek', form: form(`^Htek (?<model>\\S+) (?<firmware>\\S+) ${MAC}`) },
  // Panasonic_KX-UT113/01.133 (0080f0c8c381)
  {
    vendor: 'Panasonic',
    form: form(`^Panasonic_(?<model>[^ /]+)/(?<firmware>\\S+) \\(${MAC}\\)`),
  },
  // SmartNode (Model:SN4112/JS/EUI; Serial:00A0BA08933C; Software Version:R6.2 2012-09-11 …)
  {
    vendor: 'Patton',
    form: form(
      `^SmartNode \\(Model:(?<model>\\w+)[^;]*; Serial:${MAC}; Software Version:R(?<firmware>[^ )]+)`,
    ),
  },
  // FileTransport PolyCCX-CCX_500-UA/9.4.1.0508 (SN:64167f9f4c90) Type/Application
  {
    vendor: 'Poly',
    form: form(
      `^FileTransport Poly\\w*-(?<model>\\w+)-UA/(?<firmware>[\\d.]+)(?: \\(SN:${MAC}\\))?`,
    ),
  },
  // Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0)
  {
    vendor: 'Snom',
    form: form(
      '\\bsnom(?<model>\\w+)-SIP (?<firmware>[\\d.]+)(?:[^)]*? (?<mac>[0-9a-f]{12})(?![^ )]))?',
    ),
  },
  // Thomson TB30 hw1 fw1.74.0 00-1F-9F-84-F1-80
  {
    vendor: 'Technicolor',
    form: form(`^Thomson (?<model>\\w+) hw\\S+ fw(?<firmware>\\S+) ${MAC}`),
  },
  // Yealink SIP-T46S 66.86.0.15 00:15:65:4a:a9:37, Yealink CP860 …, W52P 25.30.0.2 …
  {
    vendor: 'Yealink',
    form: form(
      `^(?:Yealink\\s+(?:SIP(?: VP)?-)?(?<model>\\w+)|(?:VP530P?|W52P))\\s+(?<firmware>[\\d.]+)\\s+${MAC}`,
    ),
  },
]

function form(source: string): RegExp {
  return new RegExp(source, 'i')
}
