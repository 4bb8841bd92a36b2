/** TLS material as PEM text. */
export interface TlsMaterial {
  /** Absent: the system's roots. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

/** Everything needed to call one API server, as it stands now. */
export interface Connection {
  /** `https://host:port`, perhaps with a path, no slash at the end. */
  readonly server: string;
  readonly tls: TlsMaterial;
  readonly bearerToken?: string;
  /** Namespace to use where a user names none. */
  readonly namespace?: string;
}

/** Where a connection comes from. `load` reads its files anew, since tokens and authorities rotate. */
export interface ConnectionSource {
  load(): Promise<Connection>;
}
