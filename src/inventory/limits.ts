/**
 * The largest inventory record that is accepted. All are generous for real networks and small
 * enough that the worst record costs milliseconds.
 */
export const inventoryLimits = {
  /** Characters of an id or the name of a class. */
  nameCharactersMax: 64,
  /** Characters of a device's name, which may be a whole DNS name (RFC 1035 §2.3.4). */
  deviceNameCharactersMax: 253,
  /** Characters of a serial number. */
  serialCharactersMax: 64,
  /** MACs of one device. */
  macsMax: 64,
  /** Addresses of one device. */
  addressesMax: 64,
  /** Classes named by one device. */
  classesMax: 32,
  /** Parents named by one class. */
  parentsMax: 32,
  /** Classes that one device or class may inherit in all, and thus the most levels. */
  layersMax: 64,
  /** Maps and lists inside each other; the values themselves are the first. */
  valuesDepthMax: 16,
  /** Bytes of the values of one device or class, as canonical JSON in UTF-8. */
  valuesBytesMax: 262_144,
  /** Characters of one key. */
  keyCharactersMax: 128,
  /** Problems reported of one record; more are left out. */
  problemsMax: 50,
} as const
