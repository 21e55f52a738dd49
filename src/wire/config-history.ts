// What is said of the versions of a node's startup-config: the JSON of commands.

/** A version without its bytes. */
export interface VersionReport {
  readonly number: number;
  readonly at: string;
  readonly source: string;
  readonly address: string | null;
  readonly sha256: string;
  readonly bytes: number;
}

/** A node's history as it stands. */
export interface HistoryReport {
  readonly node: string;
  /** Oldest first. */
  readonly versions: readonly VersionReport[];
  /** What else happened to it: `replaced`, `replaced-by`, `renamed-from`, `renamed-to` another node. Oldest first. */
  readonly notes: readonly { readonly at: string; readonly kind: string; readonly other: string }[];
  /** What stands in the node's folder now, if anything; `version`: the newest one if it is that, else null. */
  readonly present: {
    readonly sha256: string;
    readonly bytes: number;
    readonly version: number | null;
  } | null;
}

/** One line of a difference, as it is shown. */
export interface DiffLine {
  readonly kind: 'kept' | 'removed' | 'added';
  readonly text: string;
  /** False if it is the last one and has no end. */
  readonly ended: boolean;
}

/** What one version differs from another by. */
export interface DiffReport {
  readonly node: string;
  readonly from: VersionReport;
  readonly to: VersionReport;
  /** `place` stands between the two `@@`. Empty if they are the same. */
  readonly hunks: readonly { readonly place: string; readonly lines: readonly DiffLine[] }[];
}

/** What became of a restored version. */
export interface RestoreReport {
  readonly node: string;
  /** The one that was asked for. */
  readonly restored: number;
  /** The newest one now, which has the same bytes. */
  readonly version: number;
  /** False if the node had them already. */
  readonly changed: boolean;
}

/** What an export added. */
export interface ExportReport {
  readonly folder: string;
  /** New ones, one for each version. */
  readonly commits: number;
}
