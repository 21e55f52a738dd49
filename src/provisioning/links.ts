// How the URLs of one request are written. Made by http/, handed to each use case: nothing below builds a URL.

/** The addresses under which the server is advertised to the switch that asks. All absolute. */
export interface Links {
  /** The base URL as configured, perhaps with a slash at its end. */
  readonly server: string;
  /** The node's own URL (`Location` of POST /nodes). */
  node(id: string): string;
  /** Where the node's startup-config is fetched. */
  startupConfig(id: string): string;
}
