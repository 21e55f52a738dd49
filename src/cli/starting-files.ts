// What a new data root holds besides the shipped files: folders, and texts that invite their owner to edit them.
// None of these is ever written over.

/** The folders of a data root (data-root.md). */
export const dataRootFolders = [
  'bootstrap',
  'nodes',
  'actions',
  'definitions',
  'config-handlers',
  'files',
  'resources',
  'plugins',
] as const;

/** neighbordb of a new data root. */
export const startingNeighbordb = `# neighbordb: which switch gets which definition.
#
# Patterns are tried in order; the first that fits the switch decides. An example:
#
# variables:
#   any_spine: regex('spine\\d+')
#
# patterns:
#   - name: leaf
#     definition: leaf                          # definitions/leaf
#     interfaces:
#       - Ethernet49: $any_spine:Ethernet1/1    # LOCAL: DEVICE:PORT
#       - Ethernet50: $any_spine:any
#   - name: the one with this serial number
#     definition: border
#     node: JPE14140001
#
# "ztps --validate-config" checks this file; an edit counts from the next request on.

patterns: []
`;

/** bootstrap/bootstrap.conf of a new data root. */
export const startingBootstrapConf = `# What the bootstrap script on the switch is told before it does anything else.
#
# Where it logs to, besides the switch's own syslog and its console:
#
# logging:
#   - destination: 192.0.2.10:514     # HOST, HOST:PORT (UDP) or file:/PATH on the switch
#     level: DEBUG                    # DEBUG, INFO, WARNING, ERROR or CRITICAL
#
# How patient it is: seconds without a byte, and how often a request is tried again:
#
# client:
#   timeout: 30
#   retries: 5
`;
