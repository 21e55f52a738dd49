// The running configuration of a simulated switch: nested sections of lines, changed line by line as EOS does.
// It knows which lines open a section, not what they mean; anything that can be meant is kept.

/** One line of configuration with the lines below it. */
interface ConfigLine {
  line: string;
  below: ConfigLine[];
}

/** Lines that open a section, where nothing or another section is open. */
const SECTION = new RegExp(
  '^(' +
    [
      'interface \\S',
      'router \\S',
      'management \\S',
      'daemon \\S',
      'event-handler \\S',
      'route-map \\S',
      'vlan \\d',
      'vrf (instance|definition) \\S',
      '(ip|ipv6|mac) access-list (standard )?\\S+$',
      '(ip|ipv6) prefix-list \\S+$',
      'class-map \\S',
      'policy-map \\S',
      'mlag( configuration)?$',
      '(system )?control-plane$',
      'peer-filter \\S',
      'dhcp server$',
      'spanning-tree mst configuration$',
      'aaa group server \\S',
      'monitor telemetry \\S',
      'role \\S',
      'qos profile \\S',
      'traffic-policies$',
      'mpls (ip|rsvp)$',
      'security$',
      'tap aggregation$',
      'cvx$',
      'line \\S',
      'patch panel$',
      'hardware tcam$',
      'stun$',
      'queue-monitor streaming$',
      'ip security$',
      'maintenance$',
    ].join('|') +
    ')',
); // prettier-ignore

/** Lines that open a section only inside another one. */
const INNER_SECTION =
  /^(address-family \S|vrf \S|vlan \d|vlan-aware-bundle \S|class \S|ssl profile \S|profile \S|sa policy \S|ike policy \S)/;

/** Sections whose lines may open sections of their own. */
const OUTER_SECTION =
  /^(router|management|policy-map|vrf|traffic-policies|tap|ip security|patch|maintenance|mpls|stun|cvx)\b/;

/** Lines that no section knows: they end whatever is open. */
const GLOBAL =
  /^(hostname|username|ntp server|snmp-server|aaa|clock|banner|ip route|ip routing|ip name-server|ip domain-name|ip virtual-router|service|transceiver|boot|lldp run|dns|logging host|enable password|prompt|zerotouch|alias)\b/;

/** Of these a section holds one; a new one takes the old one's place. */
const SINGLE =
  /^(hostname|description|username \S+ ssh-key|username \S+|ip domain-name|boot system|prompt|mtu|speed|protocol http(?=$| port))/;

/** What a section does by itself, so that neither shows; the opposite does. */
const DEFAULTS: readonly { readonly section: RegExp; readonly line: string }[] = [
  { section: /^management api /, line: 'shutdown' },
  { section: /^vrf /, line: 'shutdown' },
  { section: /^daemon /, line: 'shutdown' },
  { section: /^management api http-commands$/, line: 'protocol https' },
  { section: /^interface /, line: 'switchport' },
  { section: /^interface /, line: 'no shutdown' },
];

/** The running configuration. Text goes in and comes out as an operator writes it, indented by three. */
export class RunningConfig {
  readonly #top: ConfigLine[] = [];

  /** Makes the configuration that a startup-config says. Indentation decides what is below what. */
  static parse(text: string): RunningConfig {
    const config = new RunningConfig();
    let open: { indent: number; line: string }[] = [];
    let banner: string[] | undefined;
    for (const raw of text.split(/\r?\n/)) {
      if (banner) {
        banner.push(raw);
        if (raw === 'EOF') {
          config.#place([], banner.join('\n'));
          banner = undefined;
        }
        continue;
      }
      const line = raw.trim();
      if (line === '' || line.startsWith('!') || line === 'end') continue;
      if (/^banner (login|motd)$/.test(line)) {
        banner = [line];
        continue;
      }
      const indent = raw.length - raw.trimStart().length;
      open = open.filter((outer) => outer.indent < indent);
      config.#place(
        open.map((outer) => outer.line),
        line,
      );
      open.push({ indent, line });
    }
    return config;
  }

  /**
   * Enters one line.
   * @param path the sections that are open, outermost first
   * @returns the sections that are open afterwards
   */
  enter(path: readonly string[], line: string): string[] {
    const at = this.#levelOf(path, line);
    this.#place(at, line);
    return /^(no|default) /.test(line) || !opensSection(at, line) ? at : [...at, line];
  }

  /** Whether exactly this line is below exactly these sections. */
  has(path: readonly string[], line: string): boolean {
    return this.#find(path)?.some((entry) => entry.line === line) ?? false;
  }

  /** The lines directly below these sections. */
  lines(path: readonly string[]): string[] {
    return (this.#find(path) ?? []).map((entry) => entry.line);
  }

  /** As text, `!` between the sections; with `section`, only top lines that hold these words. */
  render(section?: string): string {
    const shown = this.#visible().filter((entry) => holds(entry, section));
    return shown.map((entry) => renderLine(entry, 0)).join('!\n');
  }

  /** As eAPI shows it: `{line: null}`, or `{line: {cmds: {…}, comments: []}}` for a section. */
  toJson(): Record<string, unknown> {
    return jsonOf(this.#visible());
  }

  #visible(): ConfigLine[] {
    return this.#top.filter((entry) => !/^management api /.test(entry.line) || entry.below.length > 0);
  }

  /** Which of the open sections a line belongs to: inner ones close when a line is not theirs. */
  #levelOf(path: readonly string[], line: string): string[] {
    const bare = line.replace(/^(no|default) /, '');
    if (GLOBAL.test(bare)) return [];
    const innermost = path.at(-1);
    if (innermost === undefined) return [];
    if (OUTER_SECTION.test(innermost) && INNER_SECTION.test(bare)) return [...path];
    const outer = path.slice(0, -1);
    if (outer.length > 0 && INNER_SECTION.test(bare)) return this.#levelOf(outer, line);
    return SECTION.test(bare) ? [] : [...path];
  }

  #place(path: readonly string[], line: string): void {
    const entries = this.#reach(path);
    const section = path.at(-1) ?? '';
    const negated = /^(no|default) (.*)$/.exec(line);
    const bare = negated?.[2] ?? line;
    if (negated) {
      remove(entries, (entry) => entry === bare || entry.startsWith(`${bare} `));
      remove(entries, (entry) => entry === `no ${bare}` && negated[1] === 'default');
      const opposite = DEFAULTS.some((item) => item.section.test(section) && item.line === bare);
      if (opposite && negated[1] === 'no') replace(entries, line, (entry) => entry === line);
      return;
    }
    remove(entries, (entry) => entry === `no ${line}`);
    if (DEFAULTS.some((item) => item.section.test(section) && item.line === line)) return;
    const single = SINGLE.exec(line)?.[0];
    replace(
      entries,
      line,
      (entry) => entry === line || (single !== undefined && SINGLE.exec(entry)?.[0] === single),
    );
  }

  #find(path: readonly string[]): ConfigLine[] | undefined {
    let entries: ConfigLine[] | undefined = this.#top;
    for (const line of path) entries = entries?.find((entry) => entry.line === line)?.below;
    return entries;
  }

  #reach(path: readonly string[]): ConfigLine[] {
    let entries = this.#top;
    for (const line of path) {
      let entry = entries.find((candidate) => candidate.line === line);
      if (entry === undefined) {
        entry = { line, below: [] };
        entries.push(entry);
      }
      entries = entry.below;
    }
    return entries;
  }
}

function opensSection(path: readonly string[], line: string): boolean {
  const section = path.at(-1);
  return section === undefined ? SECTION.test(line) : OUTER_SECTION.test(section) && INNER_SECTION.test(line);
}

function remove(entries: ConfigLine[], gone: (line: string) => boolean): void {
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    if (gone(entries[index]?.line ?? '')) entries.splice(index, 1);
  }
}

function replace(entries: ConfigLine[], line: string, same: (line: string) => boolean): void {
  const found = entries.find((entry) => same(entry.line));
  if (found) found.line = line;
  else entries.push({ line, below: [] });
}

function holds(entry: ConfigLine, words: string | undefined): boolean {
  return words === undefined || entry.line.toLowerCase().includes(words.toLowerCase());
}

function renderLine(entry: ConfigLine, depth: number): string {
  const below = entry.below.map((line) => renderLine(line, depth + 1)).join('');
  return `${'   '.repeat(depth)}${entry.line}\n${below}`;
}

function jsonOf(entries: readonly ConfigLine[]): Record<string, unknown> {
  return Object.fromEntries(
    entries.map((entry) => [
      entry.line,
      entry.below.length === 0 ? null : { cmds: jsonOf(entry.below), comments: [] },
    ]),
  );
}
