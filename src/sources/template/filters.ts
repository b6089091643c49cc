import { ipAddress, ipHex, mac, netmask } from './address-filters.ts'
import type { Filter } from './filter.ts'
import { format } from './format-filter.ts'
import { regexReplace } from './regex-filter.ts'
import {
  base64,
  base64Decode,
  hashFilter,
  hex,
  quote,
  toJson,
  urlEncode,
  xml,
} from './text-filters.ts'

/** One filter beside those of Jinja; the manual's table is made of these rows. */
export interface FilterRow {
  readonly name: string
  readonly filter: Filter
  /** What it does, in a few words. */
  readonly meaning: string
  /** An expression and what it prints: true, a test runs them. */
  readonly examples: readonly (readonly [expression: string, output: string])[]
}

export const filterRows: readonly FilterRow[] = [
  {
    name: 'mac',
    filter: mac,
    meaning:
      'a MAC, whatever its spelling: `colon` (default), `dash`, `dotted`, `bare`; lower case',
    examples: [
      ["'0011.22AA.BBCC' | mac", '00:11:22:aa:bb:cc'],
      ["'00:11:22:aa:bb:cc' | mac('dotted')", '0011.22aa.bbcc'],
      ["'00:11:22:aa:bb:cc' | mac('bare') | upper", '001122AABBCC'],
    ],
  },
  {
    name: 'ip_hex',
    filter: ipHex,
    meaning: 'an IPv4 address as PXELINUX and GRUB write it',
    examples: [["'10.0.0.1' | ip_hex", '0A000001']],
  },
  {
    name: 'netmask',
    filter: netmask,
    meaning: 'of a prefix length or a network',
    examples: [
      ['24 | netmask', '255.255.255.0'],
      ["'10.0.0.0/22' | netmask", '255.255.252.0'],
    ],
  },
  {
    name: 'ipaddr',
    filter: ipAddress,
    meaning:
      '`address`, `network`, `netmask`, `hostmask`, `prefix`, `subnet`, `broadcast`, `first`, `last`, `size`, `version`, or a number: that address of the network; IPv4 and IPv6',
    examples: [
      ["'10.0.0.9/24' | ipaddr('network')", '10.0.0.0'],
      ["'10.0.0.9/24' | ipaddr('last')", '10.0.0.254'],
      ["'2001:db8::/64' | ipaddr(5)", '2001:db8::5/64'],
    ],
  },
  {
    name: 'b64',
    filter: base64,
    meaning: 'base64 of the text in UTF-8',
    examples: [["'admin:é' | b64", 'YWRtaW46w6k=']],
  },
  {
    name: 'b64decode',
    filter: base64Decode,
    meaning: 'and back',
    examples: [["'YWRtaW4=' | b64decode", 'admin']],
  },
  {
    name: 'sha256',
    filter: hashFilter('sha256'),
    meaning: 'hash of the text in UTF-8, in hex',
    examples: [
      ["'a' | sha256", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ],
  },
  {
    name: 'sha1',
    filter: hashFilter('sha1'),
    meaning: 'as above',
    examples: [["'a' | sha1", '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8']],
  },
  {
    name: 'md5',
    filter: hashFilter('md5'),
    meaning: 'as above',
    examples: [["'a' | md5", '0cc175b9c0f1b6a831c399e269772661']],
  },
  {
    name: 'hex',
    filter: hex,
    meaning: 'digits of a whole number, bytes of a text',
    examples: [
      ['255 | hex', 'ff'],
      ["'AB' | hex", '4142'],
    ],
  },
  {
    name: 'format',
    filter: format,
    meaning: 'as `printf`: `%s %d %x %o %f %e %c`, flags, width and precision, `%(name)s`',
    examples: [
      ["'%02x-%-4s|%05.1f' | format(10, 'ab', 2.25)", '0a-ab  |002.3'],
      ["'%(host)s:%(port)d' | format(host='pbx', port=5060)", 'pbx:5060'],
    ],
  },
  {
    name: 'tojson',
    filter: toJson,
    meaning: 'JSON with sorted keys; `tojson(indent=2)` over several lines',
    examples: [['{"b": [1, none], "a": "<x>"} | tojson', '{"a":"<x>","b":[1,null]}']],
  },
  {
    name: 'xml',
    filter: xml,
    meaning: 'escapes `& < > " \'`',
    examples: [["'R&D <lab>' | xml", 'R&amp;D &lt;lab&gt;']],
  },
  {
    name: 'quote',
    filter: quote,
    meaning: 'one word of a shell',
    examples: [['"it\'s" | quote', `'it'"'"'s'`]],
  },
  {
    name: 'urlencode',
    filter: urlEncode,
    meaning: 'for a URL; a slash stays',
    examples: [["'a b/c&d' | urlencode", 'a%20b/c%26d']],
  },
  {
    name: 'regex_replace',
    filter: regexReplace,
    meaning:
      'every match of a JavaScript regular expression; `\\\\1` is a group; `ignorecase=true`, `multiline=true`; at most 100 ms',
    examples: [
      ["'Gi1/0/24' | regex_replace('^Gi(.*)$', 'GigabitEthernet\\\\1')", 'GigabitEthernet1/0/24'],
    ],
  },
]
